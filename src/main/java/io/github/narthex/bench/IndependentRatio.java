package io.github.narthex.bench;

import java.util.Arrays;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * How sure the ratio of two figures is that were measured apart, each over turns of its own. Where
 * turns lay side by side, {@link SpeedUp} is narrower.
 */
public final class IndependentRatio {
  /** The fewest turns with an interval, on either side. */
  public static final int MIN_TURNS = SpeedUp.MIN_ROUNDS;

  private static final int RESAMPLES = 10_000;

  /** A figure over turns. */
  public interface Statistic {
    /**
     * The figure, above 0.
     *
     * @param times how often each turn counts
     */
    double of(int[] times);
  }

  /**
   * A figure and the turns that it is over.
   *
   * @param turns how many there are
   */
  public record Side(int turns, Statistic statistic) {}

  private IndependentRatio() {}

  /**
   * The 95 % confidence interval of the ratio, as a multiple of the ratio itself: a bootstrap that
   * draws whole turns of both sides. It knows of what differs between turns and not of what differs
   * between processes, such as where memory lies.
   *
   * @return ends around 1; empty where there are fewer than {@value #MIN_TURNS} turns on a side
   */
  public static Optional<Interval> interval(Side before, Side after) {
    int least = Math.min(before.turns(), after.turns());
    if (least < MIN_TURNS) {
      return Optional.empty();
    }
    SplittableRandom random = new SplittableRandom(0);
    double ratio = full(after) / full(before);
    double[] ratios = new double[RESAMPLES];
    for (int i = 0; i < RESAMPLES; i++) {
      ratios[i] = drawn(after, random) / drawn(before, random) / ratio;
    }
    Arrays.sort(ratios);
    double tail = Quantiles.expandedTail(least);
    return Optional.of(new Interval(Quantiles.of(ratios, tail), Quantiles.of(ratios, 1 - tail)));
  }

  private static double full(Side side) {
    int[] times = new int[side.turns()];
    Arrays.fill(times, 1);
    return side.statistic().of(times);
  }

  private static double drawn(Side side, SplittableRandom random) {
    int[] times = new int[side.turns()];
    for (int i = 0; i < times.length; i++) {
      times[random.nextInt(times.length)]++;
    }
    return side.statistic().of(times);
  }
}
