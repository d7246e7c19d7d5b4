package io.github.narthex.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SpeedUpTest {
  @Test
  void ratioOfMedians() {
    SpeedUp speedUp =
        SpeedUp.of(
            List.of(
                new SpeedUp.Round(new long[] {100, 120, 900}, new long[] {50, 70}),
                new SpeedUp.Round(new long[] {400, 400}, new long[] {25, 50, 75})),
            0);

    assertEquals(4, speedUp.ratio(), 1e-12, "the geometric mean of 2 and 8");
    assertNull(speedUp.interval(), "two rounds say nothing about scatter");
  }

  @Test
  void withoutNoiseTheIntervalIsAPoint() {
    List<SpeedUp.Round> rounds = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      rounds.add(new SpeedUp.Round(new long[] {300, 300}, new long[] {100, 100, 100}));
    }

    SpeedUp speedUp = SpeedUp.of(rounds, 1);

    Interval interval = Objects.requireNonNull(speedUp.interval());
    assertEquals(3, speedUp.ratio(), 1e-12);
    assertEquals(3, interval.low(), 1e-12);
    assertEquals(3, interval.high(), 1e-12);
  }

  @Test
  void sameSeedSameInterval() {
    List<SpeedUp.Round> rounds = rounds(new Random(5), 8, 1.0);
    assertEquals(SpeedUp.of(rounds, 7), SpeedUp.of(rounds, 7));
  }

  /** Drift that hits both sides of a round must not widen the interval as if it were noise. */
  @Test
  void driftCancels() {
    List<SpeedUp.Round> rounds = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      double drift = 1 + 0.002 * i;
      rounds.add(
          new SpeedUp.Round(
              new long[] {(long) (2e6 * drift), (long) (2.002e6 * drift)},
              new long[] {(long) (1e6 * drift), (long) (1.001e6 * drift)}));
    }
    Interval interval = Objects.requireNonNull(SpeedUp.of(rounds, 0).interval());
    assertTrue(interval.low() > 1.98 && interval.high() < 2.02, interval.toString());
  }

  /** Of many experiments the interval must hold the truth in about 95 of 100, few rounds or not. */
  @Test
  void coverage() {
    for (int count : new int[] {5, 8, 12}) {
      Random random = new Random(count);
      int experiments = 400;
      int covered = 0;
      for (int i = 0; i < experiments; i++) {
        Interval interval =
            Objects.requireNonNull(SpeedUp.of(rounds(random, count, 1.25), i).interval());
        covered += interval.contains(1.25) ? 1 : 0;
      }
      double share = covered / (double) experiments;
      assertTrue(share >= 0.9, count + " rounds: " + share);
    }
  }

  /** Rounds in which each turn is shifted as a whole, besides the noise of its samples. */
  private static List<SpeedUp.Round> rounds(Random random, int count, double ratio) {
    List<SpeedUp.Round> rounds = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      rounds.add(new SpeedUp.Round(turn(random, 1e6 * ratio), turn(random, 1e6)));
    }
    return rounds;
  }

  private static long[] turn(Random random, double nanos) {
    double shift = 1 + 0.03 * random.nextGaussian();
    long[] samples = new long[10];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (long) (nanos * shift * (1 + 0.02 * random.nextGaussian()));
    }
    return samples;
  }
}
