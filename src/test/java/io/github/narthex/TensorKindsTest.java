package io.github.narthex;

import static io.github.narthex.MoreAssertions.assertThrowsWith;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.narthex.io.Npy;
import io.github.narthex.io.NpyArray;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Dtypes that no Java type stands for: half and eighth floats, complex, unsigned, quantised. */
@ExtendWith(LeakCheck.class)
class TensorKindsTest {
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  private NpyArray fixture(String name) {
    return Npy.read(arena, Fixtures.path("tensors/" + name + ".npy"));
  }

  /** Subnormals, infinities, NaN, ties: each bit as Python's torch has it. */
  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.MATCH_ANY,
      names = {"FLOAT16", "BFLOAT16", "FLOAT8_.*"})
  void floatsInAsPython(DType dtype) {
    float[] numbers = fixture("numbers-float32").data().toArray(ValueLayout.JAVA_FLOAT);
    Tensor tensor = Tensor.of(arena, numbers, dtype, Shape.of(numbers.length));
    assertEquals(dtype, tensor.dtype());
    MemorySegment expected = fixture("numbers-as-" + dtype).data();
    for (int i = 0; i < numbers.length; i++) {
      // Of a NaN any bits will do.
      if (!Float.isNaN(numbers[i]) && !OlderTorch.overflows(dtype, numbers[i])) {
        int at = i;
        assertEquals(
            bits(expected, dtype, i), bits(tensor.segment(), dtype, i), () -> "of " + numbers[at]);
      }
    }
    assertArrayEquals(tensor.to(DType.FLOAT32).toFloatArray(), tensor.toFloatArray());
  }

  private static int bits(MemorySegment data, DType dtype, long index) {
    return dtype.byteSize() == 1 ? data.get(JAVA_BYTE, index) : data.getAtIndex(JAVA_SHORT, index);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.MATCH_ANY, names = "FLOAT8_.*")
  void eightBitFloatsOut(DType dtype) {
    byte[] all = new byte[256];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) i;
    }
    Tensor tensor = Tensor.copyOf(arena, MemorySegment.ofArray(all), dtype, Shape.of(256));
    assertArrayEquals(
        fixture("all-" + dtype).data().toArray(ValueLayout.JAVA_FLOAT), tensor.toFloatArray());
  }

  @Test
  void floatsToOtherDtypes() {
    float[] numbers = {-1.5f, 0, 2.5f};
    Shape three = Shape.of(3);
    assertArrayEquals(numbers, Tensor.of(arena, numbers, DType.FLOAT32, three).toFloatArray());
    assertArrayEquals(
        new int[] {-1, 0, 2}, Tensor.of(arena, numbers, DType.INT16, three).toIntArray());
    assertArrayEquals(
        new boolean[] {true, false, true},
        Tensor.of(arena, numbers, DType.BOOL, three).toBooleanArray());
    assertEquals(
        0, Tensor.of(arena, new float[0], DType.FLOAT16, Shape.of(0, 2)).toFloatArray().length);
    assertThrowsWith(
        IllegalArgumentException.class,
        "expected 2 elements for 2, the array has 3",
        () -> Tensor.of(arena, numbers, DType.FLOAT16, Shape.of(2)));
    for (DType quantised : new DType[] {DType.QINT8, DType.QUINT8, DType.QINT32}) {
      assertThrowsWith(
          IllegalArgumentException.class,
          "quantise one",
          () -> Tensor.of(arena, numbers, quantised, three));
      assertThrowsWith(
          IllegalArgumentException.class,
          "quantise one",
          () -> Tensor.of(arena, arena.allocate(16, 8), quantised, three));
      assertThrows(IllegalArgumentException.class, () -> Tensor.empty(arena, quantised, three));
    }
  }

  @Test
  void shorts() {
    short[] shorts = {Short.MIN_VALUE, -1, 0, Short.MAX_VALUE};
    Tensor signed = Tensor.of(arena, shorts, 2, 2);
    assertEquals(DType.INT16, signed.dtype());
    assertEquals(2, signed.elementSize());
    assertArrayEquals(shorts, signed.toShortArray());
    assertArrayEquals(new int[] {-32768, -1, 0, 32767}, signed.toIntArray());
    Tensor unsigned =
        Tensor.copyOf(arena, MemorySegment.ofArray(shorts), DType.UINT16, Shape.of(4));
    assertArrayEquals(new int[] {32768, 65535, 0, 32767}, unsigned.toIntArray());
    assertArrayEquals(shorts, unsigned.toShortArray());
    Tensor bytes =
        Tensor.copyOf(arena, MemorySegment.ofArray(new byte[] {-1}), DType.INT8, Shape.of(1));
    assertEquals(-1, bytes.item());
  }

  @Test
  void complexNumbers() {
    float[] parts = {1, -2, 3, 4};
    MemorySegment memory = arena.allocate(16, 8);
    memory.copyFrom(MemorySegment.ofArray(parts));
    Tensor x = Tensor.of(arena, memory, DType.COMPLEX64, Shape.of(2));
    assertEquals(16, x.byteSize());
    assertEquals(Shape.of(2, 2), x.viewAsReal().shape());
    assertEquals(memory.address(), x.viewAsReal().segment().address());
    assertArrayEquals(parts, x.viewAsReal().toFloatArray());
    assertEquals(memory.address(), x.viewAsReal().viewAsComplex().segment().address());
    float[] squares = x.mul(x).viewAsReal().toFloatArray();
    assertArrayEquals(new float[] {-3, -4, -7, 24}, squares);
    Tensor conjugate = Operator.of("aten::conj").tensor(arena, Value.of(x));
    assertArrayEquals(new float[] {1, 2, 3, -4}, conjugate.viewAsReal().toFloatArray());
    float[] read = new float[4];
    conjugate.copyTo(MemorySegment.ofArray(read));
    assertArrayEquals(new float[] {1, 2, 3, -4}, read);
    assertArrayEquals(
        parts, x.to(DType.COMPLEX128).to(DType.COMPLEX64).viewAsReal().toFloatArray());
    assertThrowsWith(IllegalStateException.class, "not in memory yet", conjugate::segment);
    assertThrowsWith(IllegalStateException.class, "viewAsReal", x::toFloatArray);
    assertThrowsWith(IllegalStateException.class, "viewAsReal", x::toBooleanArray);
    assertThrowsWith(IllegalStateException.class, "viewAsReal", () -> x.select(0, 0).item());
    assertThrows(OperatorException.class, () -> x.viewAsReal().viewAsReal());
    assertThrowsWith(
        IllegalArgumentException.class,
        "not aligned",
        () -> Tensor.of(arena, memory.asSlice(8), DType.COMPLEX128, Shape.of(0)));
  }

  @Test
  void quantisedNumbers() {
    float[] numbers = {-1, 0, 2, 1000};
    Tensor x = Tensor.of(arena, numbers, 2, 2);
    for (DType dtype : new DType[] {DType.QINT8, DType.QUINT8, DType.QINT32}) {
      Tensor quantised =
          Operator.of("aten::quantize_per_tensor")
              .tensor(arena, Value.of(x), Value.of(0.5), Value.of(3), Value.of(dtype));
      float last = dtype == DType.QINT8 ? 62 : dtype == DType.QUINT8 ? 126 : 1000;
      float[] expected = {-1, 0, 2, last};
      assertEquals(dtype, quantised.dtype());
      assertEquals(Shape.of(2, 2), quantised.shape());
      assertEquals(Optional.of(new Quantization(0.5, 3)), quantised.quantization());
      assertArrayEquals(expected, quantised.toFloatArray());
      assertArrayEquals(expected, quantised.dequantize().toFloatArray());
      assertArrayEquals(expected, quantised.to(DType.FLOAT32).toFloatArray());
      assertArrayEquals(new double[] {-1, 0, 2, last}, quantised.to(DType.FLOAT64).toDoubleArray());
      int[] stored = {1, 3, 7, (int) (last / 0.5f + 3)};
      assertArrayEquals(stored, quantised.storedIntegers().toIntArray());
      MemorySegment copy = arena.allocate(quantised.byteSize(), 8);
      quantised.copyTo(copy);
      assertEquals(-1, copy.mismatch(quantised.storedIntegers().segment()));
      assertEquals(-1, copy.mismatch(quantised.segment()));
      assertArrayEquals(new float[] {-1, 2, 0, last}, quantised.transpose(0, 1).toFloatArray());
    }
  }

  @Test
  void quantisedByChannel() {
    Tensor x = Tensor.of(arena, new float[] {1, 2, 3, 4}, 2, 2);
    Tensor scales = Tensor.of(arena, new double[] {0.5, 1}, 2);
    Tensor zeroPoints = Tensors.zeros(arena, DType.INT64, Shape.of(2));
    Tensor quantised =
        Operator.of("aten::quantize_per_channel")
            .tensor(
                arena,
                Value.of(x),
                Value.of(scales),
                Value.of(zeroPoints),
                Value.of(0),
                Value.of(DType.QINT8));
    assertEquals(Optional.empty(), quantised.quantization());
    assertArrayEquals(new float[] {1, 2, 3, 4}, quantised.toFloatArray());
    assertArrayEquals(new int[] {2, 4, 3, 4}, quantised.storedIntegers().toIntArray());
    assertEquals(
        "Tensor(qint8, 2x2, cpu, a scale for each channel)\n[[1.0000, 2.0000],\n [3.0000, 4.0000]]",
        quantised.toString());
    assertEquals(Optional.empty(), x.quantization());
    assertThrows(UnsupportedException.class, x::storedIntegers);
  }
}
