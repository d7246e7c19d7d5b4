package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakCheck.class)
class TensorTextTest {
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  @Test
  void smallTensorsWhole() {
    assertEquals(
        """
        Tensor(float32, 2x2, cpu)
        [[  1.0000,  -2.5000],
         [     NaN, Infinity]]\
        """,
        Tensor.of(arena, new float[] {1, -2.5f, Float.NaN, Float.POSITIVE_INFINITY}, 2, 2)
            .toString());
    assertEquals(
        """
        Tensor(float64, 1x2x1, cpu)
        [[[1.0000e-05],
          [1.2346e+06]]]\
        """,
        Tensor.of(arena, new double[] {1e-5, 1234567}, 1, 2, 1).toString());
  }

  @Test
  void integersExactly() {
    assertEquals(
        "Tensor(int64, 2, cpu)\n[    9007199254740993, -9223372036854775808]",
        Tensor.of(arena, new long[] {(1L << 53) + 1, Long.MIN_VALUE}, 2).toString());
    MemorySegment ones = MemorySegment.ofArray(new long[] {-1});
    assertEquals(
        "Tensor(uint64, 1, cpu)\n[18446744073709551615]",
        Tensor.copyOf(arena, ones, DType.UINT64, Shape.of(1)).toString());
    assertEquals(
        "Tensor(uint8, 2, cpu)\n[255,   0]", Tensor.of(arena, new byte[] {-1, 0}, 2).toString());
    assertEquals(
        "Tensor(bool, 2, cpu)\n[ true, false]",
        Tensor.of(arena, new boolean[] {true, false}, 2).toString());
  }

  @Test
  void complexNumbers() {
    Tensor pairs = Tensor.of(arena, new float[] {1, -2.5f, -10, 0, 0, Float.NaN}, 3, 2);
    assertEquals(
        "Tensor(complex64, 3, cpu)\n[  1.0000-2.5000j, -10.0000+0.0000j,      0.0000+NaNj]",
        pairs.viewAsComplex().toString());
  }

  @Test
  void quantisedAndEightBitNumbers() {
    Tensor x = Tensor.of(arena, new float[] {-1, 0, 2}, 3);
    assertEquals(
        "Tensor(quint8, 3, cpu, scale 0.5, zero point 3)\n[-1.0000,  0.0000,  2.0000]",
        Operator.of("aten::quantize_per_tensor")
            .tensor(arena, Value.of(x), Value.of(0.5), Value.of(3), Value.of(DType.QUINT8))
            .toString());
    assertEquals(
        "Tensor(float8_e5m2, 3, cpu)\n[-1.0000,  0.0000,  2.0000]",
        x.to(DType.FLOAT8_E5M2).toString());
  }

  @Test
  void scalarsAndEmptyTensors() {
    assertEquals(
        "Tensor(float32, scalar, cpu) 1.5000", Tensor.of(arena, new float[] {1.5f}).toString());
    assertEquals("Tensor(int32, 2x0, cpu)", Tensor.of(arena, new int[0], 2, 0).toString());
  }

  @Test
  void viewsInTheirOwnOrder() {
    Tensor tensor = Tensor.of(arena, new int[] {1, 2, 3, 4}, 2, 2);
    assertEquals(
        "Tensor(int32, 2x2, cpu)\n[[1, 3],\n [2, 4]]",
        Operator.of("aten::t").tensor(arena, Value.of(tensor)).toString());
  }

  @Test
  void largeTensorsAbridged() {
    assertEquals(
        """
        Tensor(int32, 100x101, cpu)
        [[    0,     1,     2, ...,    98,    99,   100],
         [  101,   102,   103, ...,   199,   200,   201],
         [  202,   203,   204, ...,   300,   301,   302],
         ...,
         [ 9797,  9798,  9799, ...,  9895,  9896,  9897],
         [ 9898,  9899,  9900, ...,  9996,  9997,  9998],
         [ 9999, 10000, 10001, ..., 10097, 10098, 10099]]\
        """,
        Tensors.arange(arena, DType.INT32, 10100).reshape(100, 101).toString());
    assertEquals(
        """
        Tensor(int64, 2x3x8x2, cpu)
        [[[[ 0,  1],
           [ 2,  3],
           [ 4,  5],
           ...,
           [10, 11],
           [12, 13],
           [14, 15]],
          ...,
          [[32, 33],
           [34, 35],
           [36, 37],
           ...,
           [42, 43],
           [44, 45],
           [46, 47]]],
         ...]\
        """,
        Tensors.arange(arena, DType.INT64, 96).reshape(2, 3, 8, 2).toString());
  }

  /** Whatever the shape: some lines, no long ones. */
  @Test
  void neverMoreThanSomeLines() {
    for (long[] dims :
        new long[][] {
          {100_000}, {100_000, 1}, {1, 100_000}, {5, 5, 5, 5, 5, 5}, {2, 2, 2, 2, 2, 2, 2, 2, 2, 2}
        }) {
      String text = Tensors.zeros(arena, DType.FLOAT64, Shape.of(dims)).toString();
      assertTrue(text.lines().count() <= 30, text);
      assertTrue(text.lines().allMatch(line -> line.length() <= 130), text);
    }
    // Three elements that look like 2^40: nothing of that size may be read.
    Tensor huge = Tensor.of(arena, new float[] {1}, 1).expand(1L << 40);
    assertTrue(huge.toString().endsWith("[1.0000, 1.0000, 1.0000, ..., 1.0000, 1.0000, 1.0000]"));
  }

  @Test
  void sameInEveryLocale() {
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.GERMANY);
    try {
      assertEquals(
          "Tensor(float32, 1, cpu)\n[0.5000]", Tensor.of(arena, new float[] {0.5f}, 1).toString());
    } finally {
      Locale.setDefault(before);
    }
  }
}
