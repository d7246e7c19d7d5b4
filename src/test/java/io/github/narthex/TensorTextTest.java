package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
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
        [[1.0000, -2.5000],
         [NaN, Infinity]]\
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
        "Tensor(int64, 2, cpu)\n[9007199254740993, -9223372036854775808]",
        Tensor.of(arena, new long[] {(1L << 53) + 1, Long.MIN_VALUE}, 2).toString());
    assertEquals(
        "Tensor(uint8, 2, cpu)\n[255, 0]", Tensor.of(arena, new byte[] {-1, 0}, 2).toString());
    assertEquals(
        "Tensor(bool, 2, cpu)\n[true, false]",
        Tensor.of(arena, new boolean[] {true, false}, 2).toString());
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
    int[] numbers = new int[100 * 101];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = i;
    }
    assertEquals(
        """
        Tensor(int32, 100x101, cpu)
        [[0, 1, 2, ..., 98, 99, 100],
         [101, 102, 103, ..., 199, 200, 201],
         [202, 203, 204, ..., 300, 301, 302],
         ...,
         [9797, 9798, 9799, ..., 9895, 9896, 9897],
         [9898, 9899, 9900, ..., 9996, 9997, 9998],
         [9999, 10000, 10001, ..., 10097, 10098, 10099]]\
        """,
        Tensor.of(arena, numbers, 100, 101).toString());
    String text = Tensor.of(arena, new int[3 * 5000], 3, 5000).toString();
    assertTrue(text.length() < 200, text);
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
