package io.github.narthex.compare;

import io.github.narthex.bench.Interval;
import java.util.Locale;

/** Whether a difference in time or throughput is more than noise. */
public enum Change {
  /** The interval of the ratio does not reach 1, on the better side. */
  FASTER,
  /** The interval of the ratio does not reach 1, on the worse side. */
  SLOWER,
  /** Not more than {@link #SAME_LIMIT} either way, whatever the noise. */
  SAME,
  /** It may be the same or not: there is too much noise to tell. */
  UNCLEAR;

  /**
   * A smaller difference is none, however sure it is: two processes that run the same differ by as
   * much, since their memory lies elsewhere (docs/numbers.md has it measured; see also Mytkowicz et
   * al. 2009, "Producing wrong data without doing anything obviously wrong"), and turns of one
   * process do not show it.
   */
  public static final double NEGLIGIBLE = 0.03;

  /** How far an interval may reach from 1 for figures that are called the same. */
  public static final double SAME_LIMIT = 0.05;

  /**
   * What a ratio says.
   *
   * @param ratio after over before
   * @param interval of the ratio, at 95 %
   * @param disturbance how much more time forwards may have taken in either run for other reasons
   *     than the code, as a fraction
   * @param isLowerBetter whether a smaller figure is the better one
   */
  static Change of(double ratio, Interval interval, double disturbance, boolean isLowerBetter) {
    double least = 1 + Math.max(NEGLIGIBLE, disturbance);
    boolean isMore = ratio > least && interval.low() > 1;
    boolean isLess = ratio < 1 / least && interval.high() < 1;
    if (isMore || isLess) {
      return isLess == isLowerBetter ? FASTER : SLOWER;
    }
    boolean isSame = interval.low() >= 1 / (1 + SAME_LIMIT) && interval.high() <= 1 + SAME_LIMIT;
    return isSame ? SAME : UNCLEAR;
  }

  /** The text in tables and files, for example {@code faster}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
