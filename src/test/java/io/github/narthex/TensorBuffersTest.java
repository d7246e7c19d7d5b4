package io.github.narthex;

import static io.github.narthex.MoreAssertions.assertThrowsWith;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Buffers and mapped files under tensors. */
@ExtendWith(LeakCheck.class)
class TensorBuffersTest {
  private static final Shape TWO = Shape.of(2);

  private final Arena arena = Arena.ofConfined();
  @TempDir Path folder;

  @AfterEach
  void close() {
    arena.close();
  }

  private static ByteBuffer direct(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }

  @Test
  void directBuffersAreViewed() {
    FloatBuffer floats = direct(16).asFloatBuffer().position(1);
    Tensor x = Tensor.of(arena, floats, DType.FLOAT32, TWO);
    floats.put(1, 5).put(3, 7);
    assertArrayEquals(new float[] {5, 0}, x.toFloatArray());
    x.fillInPlace(9);
    assertEquals(9, floats.get(2));
    assertEquals(7, floats.get(3));
    // Bytes have no dtype of their own, and views of them go on holding the memory.
    Tensor y = Tensor.of(arena, direct(8).putFloat(4, 3), DType.FLOAT32, TWO);
    assertArrayEquals(new float[] {0, 3}, y.toFloatArray());
  }

  @Test
  void tensorKeepsItsBuffer() throws InterruptedException {
    Tensor x;
    WeakReference<ByteBuffer> weak;
    try (Arena inner = Arena.ofConfined()) {
      ByteBuffer buffer = direct(8);
      weak = new WeakReference<>(buffer);
      x = Tensor.of(inner, buffer, DType.FLOAT32, TWO);
      buffer = null;
      System.gc();
      Thread.sleep(50);
      assertArrayEquals(new float[2], x.toFloatArray());
      assertEquals(8, java.util.Objects.requireNonNull(weak.get()).capacity());
    }
    // Whether it is then collected at once is the collector's matter.
  }

  @Test
  void resultsElsewhereAreCopies() {
    Tensor kept;
    ByteBuffer buffer = direct(8);
    try (Arena inner = Arena.ofConfined()) {
      kept = Tensor.of(inner, buffer, DType.FLOAT32, TWO).keep(arena);
    }
    buffer.putFloat(0, 5);
    assertArrayEquals(new float[2], kept.toFloatArray());
  }

  @Test
  void buffersOfSegments() {
    ByteBuffer own = arena.allocate(8, 8).asByteBuffer().order(ByteOrder.nativeOrder());
    assertArrayEquals(new float[2], Tensor.of(arena, own, DType.FLOAT32, TWO).toFloatArray());
    try (Arena other = Arena.ofConfined()) {
      ByteBuffer foreign = other.allocate(8, 8).asByteBuffer().order(ByteOrder.nativeOrder());
      assertThrowsWith(
          IllegalArgumentException.class,
          "of another arena",
          () -> Tensor.of(arena, foreign, DType.FLOAT32, TWO));
    }
    ByteBuffer global = Arena.global().allocate(8, 8).asByteBuffer().order(ByteOrder.nativeOrder());
    assertArrayEquals(new float[2], Tensor.of(arena, global, DType.FLOAT32, TWO).toFloatArray());
  }

  @Test
  void heapBuffersAreCopied() {
    IntBuffer ints = IntBuffer.wrap(new int[] {1, 2, 3}).position(1);
    Tensor x = Tensor.copyOf(arena, ints, DType.INT32, TWO);
    ints.put(1, 9);
    assertArrayEquals(new int[] {2, 3}, x.toIntArray());
    assertArrayEquals(
        new int[] {9, 3},
        Tensor.copyOf(arena, ints.asReadOnlyBuffer(), DType.INT32, TWO).toIntArray());
    assertThrowsWith(
        IllegalArgumentException.class,
        "on the heap",
        () -> Tensor.of(arena, ints, DType.INT32, TWO));
    assertThrowsWith(
        IllegalArgumentException.class,
        "expected 4 bytes",
        () -> Tensor.copyOf(arena, ints, DType.INT32, Shape.of(1)));
  }

  @Test
  void badBuffers() {
    ByteBuffer other =
        ByteBuffer.allocateDirect(8)
            .order(
                ByteOrder.nativeOrder().equals(ByteOrder.BIG_ENDIAN)
                    ? ByteOrder.LITTLE_ENDIAN
                    : ByteOrder.BIG_ENDIAN);
    for (java.nio.Buffer buffer : new java.nio.Buffer[] {other, other.asFloatBuffer()}) {
      assertThrowsWith(
          IllegalArgumentException.class,
          "byte order",
          () -> Tensor.of(arena, buffer, DType.FLOAT32, TWO));
      assertThrowsWith(
          IllegalArgumentException.class,
          "byte order",
          () -> Tensor.copyOf(arena, buffer, DType.FLOAT32, TWO));
    }
    assertEquals(8, Tensor.of(arena, other, DType.UINT8, Shape.of(8)).byteSize());
    assertThrowsWith(
        IllegalArgumentException.class,
        "read-only",
        () ->
            Tensor.of(
                arena,
                direct(8).asReadOnlyBuffer().order(ByteOrder.nativeOrder()),
                DType.FLOAT32,
                TWO));
    assertThrowsWith(
        IllegalArgumentException.class,
        "at least 8 bytes",
        () -> Tensor.of(arena, direct(7), DType.FLOAT32, TWO));
    assertThrowsWith(
        IllegalArgumentException.class,
        "not aligned",
        () ->
            Tensor.of(
                arena,
                direct(16).position(1).slice().order(ByteOrder.nativeOrder()),
                DType.FLOAT32,
                TWO));
  }

  @Test
  void mappedFiles() throws IOException {
    Path file = folder.resolve("numbers");
    Files.write(file, new byte[4096]);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      MemorySegment readOnly = channel.map(MapMode.READ_ONLY, 0, 8, arena);
      assertThrowsWith(
          IllegalArgumentException.class,
          "MapMode.PRIVATE",
          () -> Tensor.of(arena, readOnly, DType.FLOAT32, TWO));
      assertArrayEquals(
          new float[2], Tensor.copyOf(arena, readOnly, DType.FLOAT32, TWO).toFloatArray());
      // Written to, the private pages are copies: the file stays as it was.
      MemorySegment own = channel.map(MapMode.PRIVATE, 0, 8, arena);
      Tensor x = Tensor.of(arena, own, DType.FLOAT32, TWO);
      assertEquals(own.address(), x.segment().address());
      x.fillInPlace(5);
      assertEquals(5, own.getAtIndex(JAVA_FLOAT, 1));
      assertEquals(
          -1,
          MemorySegment.ofArray(Files.readAllBytes(file))
              .mismatch(MemorySegment.ofArray(new byte[4096])));
      Tensor shared =
          Tensor.of(arena, channel.map(MapMode.READ_WRITE, 0, 8, arena), DType.FLOAT32, TWO);
      shared.fillInPlace(6);
      assertEquals(6, readOnly.getAtIndex(JAVA_FLOAT, 0));
      // The older way to map, whose memory the collector unmaps.
      Tensor buffer =
          Tensor.of(
              arena,
              channel.map(MapMode.PRIVATE, 0, 8).order(ByteOrder.nativeOrder()),
              DType.FLOAT32,
              TWO);
      System.gc();
      assertArrayEquals(new float[] {6, 6}, buffer.toFloatArray());
    }
  }
}
