package io.github.narthex.bench;

import java.util.Arrays;

/**
 * Whether values that follow each other rise or fall. No distribution is assumed, and a few values
 * that lie far out change nothing.
 *
 * @param slope the change in a unit of time, or from one value to the next: the median of the
 *     slopes between all pairs (Theil 1950, Sen 1968)
 * @param slopes its 95 % confidence interval (Sen 1968)
 * @param isSignificant whether the values rise or fall more often than chance explains, at 95 %, by
 *     the test of Mann (1945) and Kendall (1975) with its normal approximation and correction for
 *     continuity
 */
public record Trend(double slope, Interval slopes, boolean isSignificant) {
  /** The fewest values of which all rising in a row is rarer than one case in twenty. */
  public static final int MIN_VALUES = 5;

  private static final double NORMAL_95 = 1.96;

  /**
   * The trend of values at equal intervals, whose scatter is independent.
   *
   * @param values in their order, at least {@value #MIN_VALUES}
   * @throws IllegalArgumentException if there are fewer
   */
  public static Trend of(double[] values) {
    double[] times = new double[values.length];
    Arrays.setAll(times, i -> i);
    return of(times, values, 1);
  }

  /**
   * The trend of values at any times.
   *
   * @param times when each was, in ascending order
   * @param values at least {@value #MIN_VALUES}
   * @param inflation how many times as much the sum of signs varies as if the scatter were
   *     independent, from 1
   * @throws IllegalArgumentException if there are fewer, or other numbers of both
   */
  public static Trend of(double[] times, double[] values, double inflation) {
    int n = values.length;
    if (n < MIN_VALUES || times.length != n) {
      throw new IllegalArgumentException(
          "a trend of " + n + " values at " + times.length + " times");
    }
    double[] slopes = new double[n * (n - 1) / 2];
    int next = 0;
    long rises = 0;
    for (int i = 0; i < n; i++) {
      for (int j = i + 1; j < n; j++) {
        double difference = values[j] - values[i];
        rises += Double.compare(difference, 0);
        slopes[next++] = difference / (times[j] - times[i]);
      }
    }
    Arrays.sort(slopes);
    double deviation = Math.sqrt(inflation * n * (n - 1.0) * (2.0 * n + 5) / 18);
    double reach = NORMAL_95 * deviation;
    int low = (int) Math.floor((slopes.length - reach) / 2) - 1;
    int high = (int) Math.ceil((slopes.length + reach) / 2);
    return new Trend(
        Quantiles.of(slopes, 0.5),
        new Interval(slopes[Math.max(0, low)], slopes[Math.min(slopes.length - 1, high)]),
        Math.abs(rises) - 1 > reach);
  }
}
