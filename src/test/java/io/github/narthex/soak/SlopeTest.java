package io.github.narthex.soak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SlopeTest {
  @Test
  void timesCount() {
    Series series = new Series(new double[] {0, 1, 2, 4, 8, 9}, new double[] {1, 3, 5, 9, 17, 19});
    Slope slope = Slope.of(series);
    assertEquals(2, slope.perHour(), 1e-12);
    assertEquals(2, slope.interval().low(), 1e-12);
    assertEquals(2, slope.interval().high(), 1e-12);
    assertEquals(1, slope.inflation());
  }

  @Test
  void independentNoiseIsHardlyWidened() {
    double sum = 0;
    for (int seed = 0; seed < 200; seed++) {
      sum += Slope.of(Made.series(Made.noise(new Random(seed), 1e6))).inflation() / 200;
    }
    assertTrue(sum > 1 && sum < 1.3, "inflation " + sum);
  }

  /** The interval has the true slope inside, 95 times of 100, or nearly so. */
  @ParameterizedTest
  @ValueSource(doubles = {0, 0.5, 0.8, 0.9})
  void intervalsHoldTheTruth(double memory) {
    int misses = 0;
    for (int seed = 0; seed < 500; seed++) {
      Series series =
          Made.series(Made.plus(Made.leak(10e6), Made.dependent(new Random(seed), 5e6, memory)));
      misses += Slope.of(series).interval().contains(80e6) ? 0 : 1;
    }
    assertTrue(misses < 60, misses + " of 500");
  }
}
