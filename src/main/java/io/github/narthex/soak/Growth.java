package io.github.narthex.soak;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether a metric grows.
 *
 * @param level the median of the samples that are judged; NaN if there are none
 * @param first the median of their first tenth
 * @param last the median of their last tenth
 * @param slope null where there are too few samples
 * @param limitPerHour how fast it may grow, in the metric's unit
 */
public record Growth(
    Metric metric,
    Finding finding,
    double level,
    double first,
    double last,
    @Nullable Slope slope,
    double limitPerHour) {
  /** What can be said. */
  public enum Finding {
    /** It does not grow beyond the limit, as far as can be told. */
    FLAT,
    /** It has grown, but not steadily: in a step, in one half only, or between lows that stay. */
    UNSTEADY,
    /** It grows beyond the limit. */
    GROWS,
    /** It rises beyond the limit, but others took more and more processor time meanwhile. */
    DISTURBED,
    /** There are too few samples. */
    UNKNOWN
  }

  /** The fewest samples that are judged. */
  static final int MIN_SAMPLES = 20;

  /** A half of a steady rise is as steep as the other; by noise, at least so much of the whole. */
  private static final double STEADY = 1.0 / 3;

  private static final double FLOOR = 0.1;
  private static final int TENTHS = 10;

  /**
   * Judges samples from which the warm-up has been left out. A metric grows if it does so
   *
   * <ul>
   *   <li>surely: all of the slope's 95 % interval is above the limit;
   *   <li>noticeably: it has added what counts within the samples;
   *   <li>all the time: in either half, which is what a step, or a rise that has ended, does not;
   *   <li>from the ground: its lows rise too, which those of a saw-tooth do not.
   * </ul>
   */
  static Growth of(Metric metric, List<Sample> samples, GrowthLimits limits) {
    return of(metric, Series.of(metric, samples), limits);
  }

  static Growth of(Metric metric, Series series, GrowthLimits limits) {
    int n = series.size();
    double level = series.median();
    double limit = limits.perHour(metric, level);
    int tenth = Math.ceilDiv(n, TENTHS);
    double first = series.part(0, tenth).median();
    double last = series.part(n - tenth, n).median();
    if (n < MIN_SAMPLES) {
      return new Growth(metric, Finding.UNKNOWN, level, first, last, null, limit);
    }
    Slope slope = Slope.of(series);
    Finding finding;
    if (slope.interval().low() <= limit
        || slope.perHour() * series.span() < GrowthLimits.least(metric, level)) {
      finding = Finding.FLAT;
    } else {
      finding = isSteady(series, slope.perHour(), limit) ? Finding.GROWS : Finding.UNSTEADY;
    }
    return new Growth(metric, finding, level, first, last, slope, limit);
  }

  private static boolean isSteady(Series series, double perHour, double limit) {
    Series before = series.firstHalf();
    Series after = series.secondHalf();
    double least = Math.max(limit, STEADY * perHour);
    double lowsRise = after.quantile(FLOOR) - before.quantile(FLOOR);
    return Slope.of(before).perHour() >= least
        && Slope.of(after).perHour() >= least
        && lowsRise >= STEADY * perHour * series.span() / 2;
  }

  /** The same, where others disturbed it more and more. */
  Growth disturbed() {
    return finding == Finding.GROWS
        ? new Growth(metric, Finding.DISTURBED, level, first, last, slope, limitPerHour)
        : this;
  }

  /** Whether it fails a soak. */
  public boolean isFailure() {
    return finding == Finding.GROWS && metric.isJudged();
  }
}
