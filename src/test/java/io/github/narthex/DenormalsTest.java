package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakCheck.class)
class DenormalsTest {
  private static final float DENORMAL = 1e-39f;

  /** Large enough for libtorch to share it between threads. */
  private static final int ELEMENTS = 1 << 18;

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void becomeZeroOnAllThreadsAndOnlyWhereThatIsAskedFor(int threads) {
    try (Arena arena = Arena.ofConfined()) {
      Model model =
          Model.script(arena, "def forward(self, x):\n  return x * 0.5").withThreads(threads);
      Tensor input = Tensors.full(arena, DType.FLOAT32, Shape.of(ELEMENTS), DENORMAL);
      for (int i = 0; i < 3; i++) {
        assertEquals(ELEMENTS, nonZero(model.forward(arena, input)));
        assertEquals(0, nonZero(model.withFlushedDenormals().forward(arena, input)));
        assertEquals(ELEMENTS, nonZero(model.forward(arena, input)));
      }
    }
  }

  private static int nonZero(Tensor tensor) {
    int count = 0;
    for (float value : tensor.toFloatArray()) {
      count += value == 0 ? 0 : 1;
    }
    return count;
  }

  /** Java's own arithmetic, on a thread that libtorch has computed on. */
  @Test
  void javaKeepsThem() {
    try (Arena arena = Arena.ofConfined()) {
      Model model =
          Model.script(arena, "def forward(self, x):\n  return x * 0.5")
              .withThreads(1)
              .withFlushedDenormals();
      model.forward(arena, Tensors.full(arena, DType.FLOAT32, Shape.of(8), DENORMAL));
      assertTrue(Float.parseFloat("1e-39") * 0.5f > 0);
      assertTrue(Double.parseDouble("4.9e-324") > 0);
    }
  }
}
