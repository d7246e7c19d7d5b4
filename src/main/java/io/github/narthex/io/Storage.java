package io.github.narthex.io;

import io.github.narthex.DType;
import io.github.narthex.Shape;
import io.github.narthex.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.EnumMap;
import java.util.Map;

/**
 * A run of elements in a file that one tensor, or several that share memory, are a view of. What
 * lies in the file as libtorch needs it is used there; otherwise there is one copy.
 */
final class Storage {
  private final FileBytes bytes;
  private final long offset;
  private final ByteOrder order;
  private final Map<DType, Whole> wholes = new EnumMap<>(DType.class);

  /** All elements as one row. */
  record Whole(Tensor tensor, MemorySegment memory) {}

  /**
   * Elements from {@code offset} on.
   *
   * @param order of the bytes of an element
   */
  Storage(FileBytes bytes, long offset, ByteOrder order) {
    this.bytes = bytes;
    this.offset = offset;
    this.order = order;
  }

  MappedFile file() {
    return bytes.file();
  }

  long byteSize() {
    return Math.max(0, bytes.byteSize() - offset);
  }

  /** Whether elements of that dtype can be used where they are. */
  boolean isInPlace(DType dtype) {
    return bytes.isStored() && isFit(bytes.segment(), dtype);
  }

  private boolean isFit(MemorySegment memory, DType dtype) {
    return !memory.isReadOnly()
        && (memory.address() + offset) % dtype.byteSize() == 0
        && (order == ByteOrder.nativeOrder() || dtype.byteSize() == 1);
  }

  /** Always the same tensor: views of it share libtorch's storage too. */
  synchronized Whole whole(DType dtype) {
    return wholes.computeIfAbsent(
        dtype,
        _ -> {
          MemorySegment memory = elements(dtype);
          Shape shape = Shape.of(memory.byteSize() / dtype.byteSize());
          return new Whole(Tensor.of(file().arena(), memory, dtype, shape), memory);
        });
  }

  private MemorySegment elements(DType dtype) {
    MemorySegment memory = bytes.segment();
    MemorySegment elements = memory.asSlice(offset);
    if (isFit(memory, dtype)) {
      return elements;
    }
    MemorySegment copy = file().allocate(elements.byteSize()).copyFrom(elements);
    if (order != ByteOrder.nativeOrder()) {
      DenseCopy.swapBytes(copy, dtype);
    }
    return copy;
  }
}
