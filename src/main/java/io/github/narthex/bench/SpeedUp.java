package io.github.narthex.bench;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * How many times faster a candidate is than what it was measured beside: the ratio of the two
 * medians.
 *
 * @param ratio above 1 where the candidate is faster
 * @param interval the 95 % confidence interval of the ratio; null where fewer than {@value
 *     #MIN_ROUNDS} rounds were run, which say nothing about how much a ratio scatters
 */
public record SpeedUp(double ratio, @Nullable Interval interval) {
  /** The fewest rounds with a confidence interval. */
  static final int MIN_ROUNDS = 4;

  private static final int RESAMPLES = 4000;

  /** More samples of one turn than this sharpen its median no further, and only cost time. */
  private static final int SAMPLES_PER_TURN = 512;

  /**
   * What two neighbouring turns gave, in nanoseconds. The machine's drift hits both.
   *
   * @param baseline samples of the baseline
   * @param candidate samples of the candidate
   */
  // A list would box each sample.
  @SuppressWarnings("ArrayRecordComponent")
  record Round(long[] baseline, long[] candidate) {}

  /**
   * The speed-up over rounds. Its interval is a bootstrap that draws whole rounds, since the
   * samples of one turn are not independent of each other. A percentile bootstrap of n rounds comes
   * out too narrow for small n; its percentiles are moved outwards to where Student's t has them
   * (Hesterberg 2015, "expanded percentile interval").
   *
   * @param rounds at least one, each with at least one sample on both sides
   * @param seed of the bootstrap's draws
   */
  static SpeedUp of(List<Round> rounds, long seed) {
    Side baseline = Side.of(rounds.stream().map(Round::baseline).toList());
    Side candidate = Side.of(rounds.stream().map(Round::candidate).toList());
    int n = rounds.size();
    int[] once = new int[n];
    Arrays.fill(once, 1);
    double ratio = baseline.median(once) / candidate.median(once);
    if (n < MIN_ROUNDS) {
      return new SpeedUp(ratio, null);
    }
    SplittableRandom random = new SplittableRandom(seed);
    double[] ratios = new double[RESAMPLES];
    for (int i = 0; i < RESAMPLES; i++) {
      int[] drawn = new int[n];
      for (int j = 0; j < n; j++) {
        drawn[random.nextInt(n)]++;
      }
      ratios[i] = baseline.median(drawn) / candidate.median(drawn);
    }
    Arrays.sort(ratios);
    double tail =
        Quantiles.normalBelow(-Quantiles.student95(n - 1) * Math.sqrt(n / (double) (n - 1)));
    return new SpeedUp(
        ratio, new Interval(Quantiles.of(ratios, tail), Quantiles.of(ratios, 1 - tail)));
  }

  /** All samples of one side in ascending order, and the round that each is from. */
  private static final class Side {
    private final long[] samples;
    private final int[] rounds;
    private final int[] countPerRound;

    private Side(long[] samples, int[] rounds, int[] countPerRound) {
      this.samples = samples;
      this.rounds = rounds;
      this.countPerRound = countPerRound;
    }

    static Side of(List<long[]> turns) {
      int[] count = new int[turns.size()];
      int total = 0;
      for (int round = 0; round < count.length; round++) {
        count[round] = Math.min(turns.get(round).length, SAMPLES_PER_TURN);
        total += count[round];
      }
      record Sample(long nanos, int round) {}
      Sample[] all = new Sample[total];
      int next = 0;
      for (int round = 0; round < count.length; round++) {
        long[] turn = turns.get(round);
        for (int i = 0; i < count[round]; i++) {
          int index = (int) ((long) i * turn.length / count[round]);
          all[next++] = new Sample(turn[index], round);
        }
      }
      Arrays.sort(all, (a, b) -> Long.compare(a.nanos(), b.nanos()));
      return new Side(
          Arrays.stream(all).mapToLong(Sample::nanos).toArray(),
          Arrays.stream(all).mapToInt(Sample::round).toArray(),
          count);
    }

    /** The median where each round's samples occur as many times as that round was drawn. */
    double median(int[] drawn) {
      long total = 0;
      for (int round = 0; round < drawn.length; round++) {
        total += (long) drawn[round] * countPerRound[round];
      }
      long lower = (total - 1) / 2;
      long upper = total / 2;
      long passed = 0;
      double sum = 0;
      for (int i = 0; i < samples.length; i++) {
        long before = passed;
        passed += drawn[rounds[i]];
        if (before <= lower && lower < passed) {
          sum += samples[i];
        }
        if (before <= upper && upper < passed) {
          return (sum + samples[i]) / 2;
        }
      }
      throw new IllegalArgumentException("no samples");
    }
  }
}
