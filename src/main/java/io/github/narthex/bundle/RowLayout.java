package io.github.narthex.bundle;

import io.github.narthex.DType;
import io.github.narthex.Device;
import io.github.narthex.Shape;
import io.github.narthex.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * What one row of a tensor is, dimension 0 being that of the rows.
 *
 * @param dims the sizes of the other dimensions
 */
record RowLayout(DType dtype, List<Long> dims) {
  RowLayout {
    dims = List.copyOf(dims);
  }

  /** That of a tensor, which must have a dimension. */
  static RowLayout of(Tensor tensor) {
    return new RowLayout(
        tensor.dtype(), Arrays.stream(tensor.shape().toArray()).skip(1).boxed().toList());
  }

  /** The shape of so many rows. */
  Shape shape(long rows) {
    long[] shape = new long[dims.size() + 1];
    shape[0] = rows;
    for (int i = 0; i < dims.size(); i++) {
      shape[i + 1] = dims.get(i);
    }
    return Shape.of(shape);
  }

  /** The bytes of so many rows. */
  long byteSize(long rows) {
    return shape(rows).byteSize(dtype);
  }

  /** How many rows the tensor has of these; 0 if it is of others. */
  long rowsIn(Tensor tensor) {
    Shape shape = tensor.shape();
    if (shape.rank() != dims.size() + 1
        || tensor.dtype() != dtype
        || !tensor.device().equals(Device.CPU)) {
      return 0;
    }
    for (int i = 0; i < dims.size(); i++) {
      if (shape.dim(i + 1) != dims.get(i)) {
        return 0;
      }
    }
    return shape.dim(0);
  }
}
