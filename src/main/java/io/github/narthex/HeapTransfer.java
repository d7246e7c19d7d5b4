package io.github.narthex;

import io.github.narthex.internal.torch.TensorDescription;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Carries elements between tensors and segments, converted on the way. */
final class HeapTransfer {
  /** Up to so many bytes, libtorch works on a Java array in place. */
  private static final long HEAP_CALL_BYTES = 4 << 20;

  private HeapTransfer() {}

  /** Copies all elements to a segment of exactly that size. */
  static void read(Tensor tensor, DType dtype, MemorySegment target) {
    long began = DataPath.begin();
    tensor.noteRead(false);
    if (target.isReadOnly()) {
      throw new IllegalArgumentException("the target segment is read-only");
    }
    TensorDescription description = tensor.handle().describe();
    if (description.dtype().isComplex() && !dtype.isComplex()) {
      throw new IllegalStateException(
          "the elements are complex numbers: read those of viewAsReal(), or copyTo a segment");
    }
    copy(tensor, description, dtype, target);
    if (began != 0) {
      DataPath.Reason reason = whyCopied(description, dtype, target);
      DataPath.end(began, DataPath.Direction.OUT, reason, target.byteSize());
    }
  }

  private static DataPath.Reason whyCopied(
      TensorDescription description, DType dtype, MemorySegment target) {
    if (!description.device().isCpu()) {
      return DataPath.Reason.DEVICE;
    }
    if (description.dtype() != dtype) {
      return DataPath.Reason.DTYPE;
    }
    if (!target.isNative()) {
      return DataPath.Reason.HEAP;
    }
    return description.contiguous() ? DataPath.Reason.CHOICE : DataPath.Reason.LAYOUT;
  }

  private static void copy(
      Tensor tensor, TensorDescription description, DType dtype, MemorySegment target) {
    if (target.isNative()) {
      tensor.handle().read(dtype, target);
      return;
    }
    MemorySegment elements =
        description.dtype() == dtype ? tensor.handle().elements(tensor.arena()) : null;
    if (elements != null) {
      target.copyFrom(elements);
    } else if (description.device().isCpu() && isShort(target)) {
      tensor.handle().read(dtype, target);
    } else {
      try (Arena passing = Arena.ofConfined()) {
        MemorySegment converted = staging(passing, target.byteSize());
        tensor.handle().read(dtype, converted);
        target.copyFrom(converted);
      }
    }
  }

  /** Sets all elements of a tensor on the CPU from a segment of exactly that size. */
  static void write(Tensor tensor, DType dtype, MemorySegment source) {
    if (source.isNative() || isShort(source)) {
      tensor.handle().write(dtype, source);
      return;
    }
    try (Arena passing = Arena.ofConfined()) {
      MemorySegment copy = staging(passing, source.byteSize());
      copy.copyFrom(source);
      tensor.handle().write(dtype, copy);
    }
  }

  static int arrayLength(Tensor tensor) {
    long count = tensor.elementCount();
    if (count > Integer.MAX_VALUE - 8) {
      throw new IllegalStateException(
          "a Java array can't hold " + count + " elements: use segment() or copyTo");
    }
    return (int) count;
  }

  /** Whether a conversion takes less than some milliseconds, for which the JVM may wait. */
  private static boolean isShort(MemorySegment array) {
    return array.byteSize() <= HEAP_CALL_BYTES;
  }

  /** Memory of libtorch's, which unlike an arena's is not filled with zeros first. */
  private static MemorySegment staging(Arena arena, long byteSize) {
    return Tensor.empty(arena, DType.UINT8, Shape.of(byteSize)).segment();
  }
}
