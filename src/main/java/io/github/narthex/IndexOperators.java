package io.github.narthex;

import static io.github.narthex.OperatorCalls.call;
import static io.github.narthex.OperatorCalls.inPlace;
import static io.github.narthex.OperatorCalls.scalar;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Parts of a tensor, and writing to them. Dimensions and positions below 0 count from the end, as
 * in Python. A view shares the memory of {@code this}: what is written to either is seen in both,
 * and over a caller's segment it is the segment that is written.
 *
 * <p>Results live in the arena of {@code this}. Each method throws {@link OperatorException} with
 * libtorch's reason if a dimension or an index is out of range or shapes do not fit; {@link
 * IllegalStateException} for a closed tensor; {@link WrongThreadException} for one of another
 * thread's confined arena.
 */
public sealed interface IndexOperators permits Tensor {
  /** A view of one position of a dimension, which the result no longer has. */
  default Tensor select(long dim, long index) {
    return call("aten::select.int", self(), Value.of(dim), Value.of(index));
  }

  /** A view of {@code length} positions of a dimension from {@code start} on. */
  default Tensor narrow(long dim, long start, long length) {
    return call("aten::narrow", self(), Value.of(dim), Value.of(start), Value.of(length));
  }

  /** {@link #slice(long, long, long, long)} with each position. */
  default Tensor slice(long dim, long start, long end) {
    return slice(dim, start, end, 1);
  }

  /**
   * A view of each {@code step}-th position of a dimension from {@code start} to before {@code
   * end}, as {@code [start:end:step]} in Python: ends beyond the dimension are brought into it, so
   * {@link Long#MAX_VALUE} is its end.
   *
   * @param step at least 1
   */
  default Tensor slice(long dim, long start, long end, long step) {
    return call(
        "aten::slice.Tensor",
        self(),
        Value.of(dim),
        Value.of(start),
        Value.of(end),
        Value.of(step));
  }

  /**
   * A copy of the elements that indices name, as {@code [a, b, ...]} in Python: one tensor for each
   * dimension from the first on, all broadcast to one shape, which comes in place of those
   * dimensions. Null takes a dimension whole. A bool tensor is a mask: it stands for as many
   * dimensions as it has, and takes what is true.
   *
   * @param indices of int64 or bool, or null
   */
  default Tensor index(@Nullable Tensor... indices) {
    return call("aten::index.Tensor", self(), items(indices));
  }

  /**
   * A copy of the positions of one dimension that an index names, in its order.
   *
   * @param index int64 or int32, of one dimension
   */
  default Tensor indexSelect(long dim, Tensor index) {
    return call("aten::index_select", self(), Value.of(dim), Value.of(index));
  }

  /**
   * A copy of the elements where the mask is true, in one dimension.
   *
   * @param mask bool, of a shape that can be broadcast to that of {@code this}
   */
  default Tensor maskedSelect(Tensor mask) {
    return call("aten::masked_select", self(), Value.of(mask));
  }

  /**
   * Sets all elements to those of another tensor, which is broadcast and converted: {@code
   * image.select(0, 1).copyFrom(green)} writes to a part of {@code image}.
   *
   * @return {@code this}
   */
  default Tensor copyFrom(Tensor source) {
    return inPlace("aten::copy_", self(), Value.of(source));
  }

  /**
   * Sets all elements to one number, converted.
   *
   * @return {@code this}
   * @throws IllegalArgumentException if it is not an int, long, float or double
   */
  default Tensor fillInPlace(Number value) {
    return inPlace("aten::fill_.Scalar", self(), scalar(value));
  }

  /**
   * Sets the elements that {@link #index} would take, in place. Where an index comes twice, either
   * value may stay.
   *
   * @param values of the same dtype, which are broadcast to the shape that {@link #index} returns
   * @return {@code this}
   */
  default Tensor indexPutInPlace(Tensor values, @Nullable Tensor... indices) {
    return inPlace("aten::index_put_", self(), items(indices), Value.of(values));
  }

  private Tensor self() {
    return (Tensor) this;
  }

  private static Value items(@Nullable Tensor... tensors) {
    List<Value> values = new ArrayList<>(tensors.length);
    for (Tensor tensor : tensors) {
      values.add(tensor == null ? Value.none() : Value.of(tensor));
    }
    return new Value.OfList(values);
  }
}
