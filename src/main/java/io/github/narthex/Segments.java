package io.github.narthex;

import io.github.narthex.internal.torch.Arenas;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.MemorySegment.Scope;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.ShortBuffer;
import java.util.function.Consumer;

/** Checks of segments and buffers that are to be a tensor's memory. */
final class Segments {
  /** An arena's cleanup that does nothing but hold a buffer, and so its memory, until then. */
  private record Holder(Buffer buffer) implements Consumer<MemorySegment> {
    @Override
    public void accept(MemorySegment memory) {}
  }

  private Segments() {}

  static void requireSize(MemorySegment segment, DType dtype, Shape shape) {
    long needed = byteSize(dtype, shape);
    if (segment.byteSize() != needed) {
      throw new IllegalArgumentException(
          "expected %d bytes for %s %s, the segment has %d"
              .formatted(needed, dtype, shape, segment.byteSize()));
    }
  }

  /** The same for an array, in its own unit. */
  static void requireLength(long length, Shape shape) {
    long needed = byteSize(DType.UINT8, shape);
    if (length != needed) {
      throw new IllegalArgumentException(
          "expected %d elements for %s, the array has %d".formatted(needed, shape, length));
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

  /** A direct buffer's memory as a segment of the arena, which keeps the buffer. */
  static MemorySegment viewOf(Arena arena, Buffer buffer, DType dtype) {
    if (!buffer.isDirect()) {
      throw new IllegalArgumentException(
          "a buffer on the heap can't be viewed, since the collector moves it: allocate it direct,"
              + " or use Tensor.copyOf");
    }
    requireNativeOrder(buffer, dtype);
    MemorySegment memory = MemorySegment.ofBuffer(buffer);
    Scope scope = memory.scope();
    if (memory.isReadOnly()
        || scope.equals(arena.scope())
        || scope.equals(Arena.global().scope())) {
      return memory;
    }
    if (!Arenas.isShared(memory)) {
      throw new IllegalArgumentException(
          "the buffer is of a segment of another arena, which might end before the tensor: pass"
              + " that arena, or use Tensor.copyOf");
    }
    Arenas.requireOpen(arena);
    return MemorySegment.ofAddress(memory.address())
        .reinterpret(memory.byteSize(), arena, new Holder(buffer));
  }

  static void requireNativeOrder(Buffer buffer, DType dtype) {
    ByteOrder order =
        switch (buffer) {
          case ByteBuffer bytes -> bytes.order();
          case ShortBuffer shorts -> shorts.order();
          case CharBuffer chars -> chars.order();
          case IntBuffer ints -> ints.order();
          case LongBuffer longs -> longs.order();
          case FloatBuffer floats -> floats.order();
          case DoubleBuffer doubles -> doubles.order();
          default -> throw new AssertionError("there are no other buffers");
        };
    if (dtype.byteSize() > 1 && !order.equals(ByteOrder.nativeOrder())) {
      throw new IllegalArgumentException(
          "the buffer is in byte order %s, expected %s: set it on the ByteBuffer with"
                  .formatted(order, ByteOrder.nativeOrder())
              + " order(ByteOrder.nativeOrder()), before a view of it such as asFloatBuffer()");
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
