package io.github.narthex;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Checks of segments that are to be a tensor's memory. */
final class Segments {
  private Segments() {}

  static void requireSize(MemorySegment segment, DType dtype, Shape shape) {
    long needed = byteSize(dtype, shape);
    if (segment.byteSize() != needed) {
      throw new IllegalArgumentException(
          "expected %d bytes for %s %s, the segment has %d"
              .formatted(needed, dtype, shape, segment.byteSize()));
    }
  }

  static void requireViewable(Arena arena, MemorySegment segment, DType dtype, Shape shape) {
    if (!segment.isNative()) {
      throw new IllegalArgumentException(
          "a heap segment can't be viewed, since the collector moves it: use Tensor.copyOf");
    }
    if (segment.isReadOnly()) {
      throw new IllegalArgumentException(
          "a read-only segment can't be viewed, since operators may write: map the file"
              + " MapMode.PRIVATE, or use Tensor.copyOf");
    }
    if (!segment.scope().equals(arena.scope()) && !segment.scope().equals(Arena.global().scope())) {
      throw new IllegalArgumentException(
          "the segment is of another arena, which might end before the tensor: pass the segment's"
              + " own arena, or use Tensor.copyOf");
    }
    long needed = byteSize(dtype, shape);
    if (segment.byteSize() < needed) {
      throw new IllegalArgumentException(
          "expected at least %d bytes for %s %s, the segment has %d"
              .formatted(needed, dtype, shape, segment.byteSize()));
    }
    if (segment.address() % dtype.byteSize() != 0) {
      throw new IllegalArgumentException(
          "the segment is not aligned for %s (%d bytes): allocate it so, or use Tensor.copyOf"
              .formatted(dtype, dtype.byteSize()));
    }
  }

  private static long byteSize(DType dtype, Shape shape) {
    try {
      return shape.byteSize(dtype);
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }
}
