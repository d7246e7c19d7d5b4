package io.github.narthex.bench;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * How many times faster a candidate is than what it was measured beside: the ratio of the two
 * medians in each round, and of these the geometric mean. A machine that becomes slower from round
 * to round does not change it.
 *
 * @param ratio above 1 where the candidate is faster
 * @param interval the 95 % confidence interval of the ratio; null where fewer than {@value
 *     #MIN_ROUNDS} rounds were run, which say too little about how much a ratio scatters
 */
public record SpeedUp(double ratio, @Nullable Interval interval) {
  /** The fewest rounds with a confidence interval. */
  static final int MIN_ROUNDS = 4;

  private static final int RESAMPLES = 10_000;

  /**
   * What two neighbouring turns gave, in nanoseconds. The machine's drift hits both.
   *
   * @param baseline samples of the baseline
   * @param candidate samples of the candidate
   */
  // A list would box each sample.
  @SuppressWarnings("ArrayRecordComponent")
  record Round(long[] baseline, long[] candidate) {
    private double logRatio() {
      return Math.log(Quantiles.median(baseline) / Quantiles.median(candidate));
    }
  }

  /**
   * The speed-up over rounds. Its interval is a bootstrap that draws whole rounds, since the
   * samples of one turn are not independent of each other.
   *
   * @param rounds at least one, each with at least one sample on both sides
   * @param seed of the bootstrap's draws
   */
  static SpeedUp of(List<Round> rounds, long seed) {
    double[] logs = rounds.stream().mapToDouble(Round::logRatio).toArray();
    int n = logs.length;
    double ratio = Math.exp(Arrays.stream(logs).average().orElseThrow());
    if (n < MIN_ROUNDS) {
      return new SpeedUp(ratio, null);
    }
    SplittableRandom random = new SplittableRandom(seed);
    double[] means = new double[RESAMPLES];
    for (int i = 0; i < RESAMPLES; i++) {
      double sum = 0;
      for (int j = 0; j < n; j++) {
        sum += logs[random.nextInt(n)];
      }
      means[i] = sum / n;
    }
    Arrays.sort(means);
    double tail = Quantiles.expandedTail(n);
    return new SpeedUp(
        ratio,
        new Interval(Math.exp(Quantiles.of(means, tail)), Math.exp(Quantiles.of(means, 1 - tail))));
  }
}
