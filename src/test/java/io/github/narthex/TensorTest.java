package io.github.narthex;

import static io.github.narthex.MoreAssertions.assertThrowsWith;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(LeakCheck.class)
class TensorTest {
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  @Test
  void copiesArrays() {
    float[] floats = {1, Float.NaN, -0f, Float.MIN_VALUE};
    Tensor tensor = Tensor.of(arena, floats, 2, 2);
    floats[0] = 99;
    assertEquals(DType.FLOAT32, tensor.dtype());
    assertEquals(Shape.of(2, 2), tensor.shape());
    assertArrayEquals(new float[] {1, Float.NaN, -0f, Float.MIN_VALUE}, tensor.toFloatArray());

    double[] doubles = {Math.PI, Double.NEGATIVE_INFINITY};
    assertArrayEquals(doubles, Tensor.of(arena, doubles, 2).toDoubleArray());
    int[] ints = {Integer.MIN_VALUE, 0, Integer.MAX_VALUE};
    assertArrayEquals(ints, Tensor.of(arena, ints, 1, 3, 1).toIntArray());
    long[] longs = {Long.MIN_VALUE, (1L << 53) + 1, Long.MAX_VALUE};
    assertArrayEquals(longs, Tensor.of(arena, longs, 3).toLongArray());
    byte[] bytes = {0, 127, -128, -1};
    Tensor unsigned = Tensor.of(arena, bytes, 4);
    assertEquals(DType.UINT8, unsigned.dtype());
    assertArrayEquals(bytes, unsigned.toByteArray());
    assertArrayEquals(new int[] {0, 127, 128, 255}, unsigned.toIntArray());
    boolean[] flags = {true, false, true};
    assertArrayEquals(flags, Tensor.of(arena, flags, 3).toBooleanArray());
    assertArrayEquals(new double[] {1, 0, 1}, Tensor.of(arena, flags, 3).toDoubleArray());
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"QINT8", "QUINT8", "QINT32"})
  void copiesSegmentsOfEveryDtype(DType dtype) {
    byte[] bytes = new byte[(int) (6 * dtype.byteSize())];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (dtype == DType.BOOL ? i % 2 : i * 37);
    }
    Tensor tensor =
        Tensor.copyOf(arena, MemorySegment.ofArray(bytes).asReadOnly(), dtype, Shape.of(2, 1, 3));
    assertEquals(dtype, tensor.dtype());
    assertEquals(6, tensor.elementCount());
    assertEquals(bytes.length, tensor.byteSize());
    assertArrayEquals(bytes, tensor.segment().toArray(JAVA_BYTE));
    byte[] out = new byte[bytes.length];
    tensor.copyTo(MemorySegment.ofArray(out));
    assertArrayEquals(bytes, out);
    MemorySegment unaligned = arena.allocate(bytes.length + 1).asSlice(1);
    tensor.copyTo(unaligned);
    assertArrayEquals(bytes, unaligned.toArray(JAVA_BYTE));
  }

  @Test
  void viewsSegments() {
    MemorySegment memory = arena.allocate(64, 64);
    Tensor tensor = Tensor.of(arena, memory.asSlice(8), DType.FLOAT32, Shape.of(2, 3));
    assertEquals(memory.address() + 8, tensor.segment().address());
    assertEquals(24, tensor.segment().byteSize());
    memory.setAtIndex(JAVA_FLOAT, 2, 5);
    assertEquals(5, tensor.toFloatArray()[0]);
    tensor.segment().setAtIndex(JAVA_FLOAT, 5, 7);
    assertEquals(7, memory.getAtIndex(JAVA_FLOAT, 7));
  }

  @Test
  void copiesAreIndependent() {
    Tensor tensor = Tensor.of(arena, new float[] {1, 2}, 2);
    Tensor same = tensor.keep(arena);
    Tensor copy = tensor.copy(arena);
    tensor.segment().setAtIndex(JAVA_FLOAT, 0, 9);
    assertArrayEquals(new float[] {9, 2}, same.toFloatArray());
    assertArrayEquals(new float[] {1, 2}, copy.toFloatArray());
    float[] array = tensor.toFloatArray();
    array[0] = 3;
    assertEquals(9, tensor.toFloatArray()[0]);
  }

  @Test
  void keptTensorOutlivesItsArena() {
    Tensor kept;
    try (Arena inner = Arena.ofConfined()) {
      kept = Tensor.of(inner, new int[] {4, 5}, 2).keep(arena);
    }
    assertArrayEquals(new int[] {4, 5}, kept.toIntArray());
  }

  @Test
  void describesViews() {
    Tensor tensor = Tensor.of(arena, new int[] {1, 2, 3, 4, 5, 6}, 2, 3);
    assertArrayEquals(new long[] {3, 1}, tensor.strides());
    assertTrue(tensor.isContiguous());
    Tensor transposed = Operator.of("aten::t").tensor(arena, Value.of(tensor));
    assertEquals(Shape.of(3, 2), transposed.shape());
    assertArrayEquals(new long[] {1, 3}, transposed.strides());
    assertFalse(transposed.isContiguous());
    assertArrayEquals(new int[] {1, 4, 2, 5, 3, 6}, transposed.toIntArray());
    assertThrowsWith(IllegalStateException.class, "copy it with contiguous()", transposed::segment);
    MemorySegment target = arena.allocate(24);
    transposed.copyTo(target);
    assertEquals(4, target.getAtIndex(java.lang.foreign.ValueLayout.JAVA_INT, 1));
    Tensor dense = transposed.contiguous();
    assertArrayEquals(new long[] {2, 1}, dense.strides());
    assertEquals(Device.CPU, dense.device());
    // A view from the middle: its segment begins at its own first element.
    Tensor row =
        Operator.of("aten::select.int").tensor(arena, Value.of(tensor), Value.of(0), Value.of(1));
    assertEquals(tensor.segment().address() + 12, row.segment().address());
    assertEquals(12, row.segment().byteSize());
  }

  @Test
  void channelsLast() {
    float[] pixels = new float[2 * 3 * 2 * 4];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = i;
    }
    Tensor rows = Tensor.of(arena, pixels, 2, 3, 2, 4);
    Tensor channels = rows.contiguous(MemoryFormat.CHANNELS_LAST);
    assertArrayEquals(new long[] {24, 1, 12, 3}, channels.strides());
    assertFalse(channels.isContiguous());
    assertArrayEquals(pixels, channels.toFloatArray());
    assertArrayEquals(pixels, channels.contiguous().toFloatArray());
    Tensor volume = Tensor.of(arena, pixels, 1, 2, 3, 2, 4);
    assertArrayEquals(
        new long[] {48, 1, 16, 8, 2}, volume.contiguous(MemoryFormat.CHANNELS_LAST_3D).strides());
    assertThrows(
        OperatorException.class,
        () -> Tensor.of(arena, new float[6], 2, 3).contiguous(MemoryFormat.CHANNELS_LAST));
  }

  @Test
  void conversionToTheSameIsTheSameMemory() {
    Tensor tensor = Tensor.of(arena, new float[] {1, 2}, 2);
    long address = tensor.segment().address();
    assertEquals(address, tensor.to(DType.FLOAT32).segment().address());
    assertEquals(address, tensor.to(Device.CPU).segment().address());
    assertEquals(address, tensor.contiguous().segment().address());
    assertThrows(UnsupportedException.class, () -> tensor.to(Device.parse("cuda:0")));
  }

  @Test
  void emptyTensorsAndScalars() {
    for (Shape shape : List.of(Shape.of(0), Shape.of(2, 0, 3), Shape.of(0, 0))) {
      for (Tensor tensor :
          List.of(
              Tensor.of(arena, new float[0], shape.toArray()),
              Tensor.of(arena, arena.allocate(0), DType.FLOAT32, shape),
              Tensor.of(arena, MemorySegment.NULL, DType.FLOAT32, shape))) {
        assertEquals(shape, tensor.shape());
        assertEquals(0, tensor.segment().byteSize());
        assertEquals(0, tensor.toFloatArray().length);
        assertEquals(0, tensor.relu().to(DType.INT64).toLongArray().length);
        tensor.copyTo(MemorySegment.ofArray(new byte[0]));
        tensor.copyTo(arena.allocate(0));
      }
    }
    Tensor scalar = Tensor.of(arena, new double[] {2.5});
    assertEquals(Shape.SCALAR, scalar.shape());
    assertEquals(1, scalar.elementCount());
    assertArrayEquals(new long[0], scalar.strides());
    assertEquals(2.5, scalar.item());
    assertEquals(2.5, Tensor.of(arena, new float[] {2.5f}, 1, 1).item());
    assertThrowsWith(
        IllegalStateException.class,
        "the shape is 2",
        () -> Tensor.of(arena, new float[2], 2).item());
  }

  @Test
  void manyDimensions() {
    long[] dims = new long[70];
    Arrays.fill(dims, 1);
    dims[69] = 3;
    Tensor tensor = Tensor.of(arena, new int[] {1, 2, 3}, dims);
    assertEquals(Shape.of(dims), tensor.shape());
    assertEquals(70, tensor.strides().length);
    assertArrayEquals(new int[] {1, 2, 3}, tensor.toIntArray());
  }

  @Test
  void memoryIsAligned() {
    for (long bytes : new long[] {1, 7, 64, 100, 4097}) {
      assertEquals(0, Tensor.empty(arena, DType.UINT8, Shape.of(bytes)).segment().address() % 64);
    }
  }

  @Test
  void refusesWhatDoesNotFit() {
    assertThrowsWith(
        IllegalArgumentException.class,
        "expected 6 elements for 2x3, the array has 5",
        () -> Tensor.of(arena, new float[5], 2, 3));
    assertThrowsWith(
        IllegalArgumentException.class,
        "expected 6 elements for 2x3, the array has 7",
        () -> Tensor.of(arena, new boolean[7], 2, 3));
    assertThrowsWith(
        IllegalArgumentException.class,
        "expected 6 elements for 2x3, the array has 5",
        () -> Tensor.of(arena, new float[5], DType.FLOAT16, Shape.of(2, 3)));
    assertThrowsWith(
        IllegalArgumentException.class,
        "expected 24 bytes for float32 2x3, the segment has 20",
        () ->
            Tensor.copyOf(
                arena, MemorySegment.ofArray(new float[5]), DType.FLOAT32, Shape.of(2, 3)));
    assertThrowsWith(
        IllegalArgumentException.class, "negative", () -> Tensor.of(arena, new float[5], -5));
    assertThrowsWith(
        IllegalArgumentException.class,
        "more than 2^63 - 1",
        () -> Tensor.of(arena, new float[5], Long.MAX_VALUE, 4));
    Tensor tensor = Tensor.of(arena, new float[] {1, 2}, 2);
    assertThrowsWith(
        IllegalArgumentException.class, "has 4", () -> tensor.copyTo(arena.allocate(4)));
    assertThrowsWith(
        IllegalArgumentException.class, "has 16", () -> tensor.copyTo(arena.allocate(16)));
    assertThrowsWith(
        IllegalArgumentException.class,
        "read-only",
        () -> tensor.copyTo(MemorySegment.ofArray(new float[2]).asReadOnly()));
    assertThrowsWith(
        IllegalArgumentException.class,
        "read-only",
        () -> tensor.copyTo(arena.allocate(8).asReadOnly()));
  }

  @Test
  void refusesSegmentsThatCanNotBeViewed() {
    Shape two = Shape.of(2);
    assertThrowsWith(
        IllegalArgumentException.class,
        "a heap segment can't be viewed",
        () -> Tensor.of(arena, MemorySegment.ofArray(new float[2]), DType.FLOAT32, two));
    assertThrowsWith(
        IllegalArgumentException.class,
        "read-only",
        () -> Tensor.of(arena, arena.allocate(8, 8).asReadOnly(), DType.FLOAT32, two));
    assertThrowsWith(
        IllegalArgumentException.class,
        "at least 8 bytes",
        () -> Tensor.of(arena, arena.allocate(7, 8), DType.FLOAT32, two));
    assertThrowsWith(
        IllegalArgumentException.class,
        "not aligned",
        () -> Tensor.of(arena, arena.allocate(16, 8).asSlice(1), DType.FLOAT32, two));
    assertThrowsWith(
        IllegalArgumentException.class,
        "more than 2^63 - 1",
        () -> Tensor.of(arena, arena.allocate(8, 8), DType.FLOAT32, Shape.of(1L << 62)));
    try (Arena other = Arena.ofConfined()) {
      assertThrowsWith(
          IllegalArgumentException.class,
          "of another arena",
          () -> Tensor.of(arena, other.allocate(8, 8), DType.FLOAT32, two));
    }
  }

  @Test
  void tooMuchMemoryIsAnException() {
    DeviceMemoryException e =
        assertThrows(
            DeviceMemoryException.class,
            () -> Tensor.empty(arena, DType.FLOAT64, Shape.of(1L << 50)));
    assertFalse(String.valueOf(e.getMessage()).contains("\n"), e.getMessage());
  }
}
