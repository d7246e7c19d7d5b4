package io.github.narthex.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class IndependentRatioTest {
  private static double[] turns(Random random, int count, double level) {
    return random.doubles(count).map(u -> level * (1 + 0.1 * random.nextGaussian())).toArray();
  }

  private static IndependentRatio.Side side(double[] values) {
    return new IndependentRatio.Side(
        values.length,
        times -> {
          double sum = 0;
          for (int i = 0; i < values.length; i++) {
            sum += times[i] * values[i];
          }
          return sum / Arrays.stream(times).sum();
        });
  }

  /**
   * The interval holds the ratio that is true in about 95 of 100 experiments, with few turns too.
   */
  @Test
  void coverage() {
    for (int count : new int[] {5, 12}) {
      Random random = new Random(7);
      int held = 0;
      for (int i = 0; i < 200; i++) {
        double[] before = turns(random, count, 10);
        double[] after = turns(random, count, 13);
        double ratio =
            Arrays.stream(after).average().orElseThrow()
                / Arrays.stream(before).average().orElseThrow();
        Interval around = IndependentRatio.interval(side(before), side(after)).orElseThrow();
        held += new Interval(ratio * around.low(), ratio * around.high()).contains(1.3) ? 1 : 0;
      }
      assertTrue(held >= 182 && held <= 200, held + " of 200 with " + count + " turns");
    }
  }

  @Test
  void tooFewTurnsHaveNone() {
    double[] enough = {1, 2, 3, 4};
    assertEquals(
        Optional.empty(), IndependentRatio.interval(side(enough), side(new double[] {1, 2, 3})));
    assertTrue(IndependentRatio.interval(side(enough), side(enough)).isPresent());
  }
}
