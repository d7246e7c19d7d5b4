package io.github.narthex.soak;

import io.github.narthex.bench.Interval;
import io.github.narthex.bench.Trend;

/**
 * How fast values rise: the median of the slopes between all pairs (Theil and Sen), so that a few
 * values that lie far out change nothing, with Sen's interval. Memory and latency have a memory of
 * their own: a value that is high is followed by high ones, and an interval for independent values
 * would be too narrow. So it is widened by what the values' dependence makes of their variance (Yue
 * and Wang 2004): {@code (1 + r) / (1 - r)}, where {@code r} is the correlation of neighbours after
 * the slope is taken away.
 *
 * @param perHour in an hour
 * @param interval of that, at 95 %
 * @param inflation by how much the variance is larger than that of independent values, from 1
 */
public record Slope(double perHour, Interval interval, double inflation) {
  /** A correlation above this can't be told from one of 1 by so few values. */
  private static final double MOST_CORRELATED = 0.97;

  /** What is left of values on a line is no more than this share of them. */
  private static final double ROUNDING = 1e-12;

  /** The slope of at least {@value Trend#MIN_VALUES} values. */
  static Slope of(Series series) {
    Trend plain = Trend.of(series.hours(), series.values(), 1);
    double correlation = correlation(series, plain.slope());
    double inflation = (1 + correlation) / (1 - correlation);
    Trend trend = Trend.of(series.hours(), series.values(), inflation);
    return new Slope(trend.slope(), trend.slopes(), inflation);
  }

  /** Of neighbours, without what is less than none. */
  private static double correlation(Series series, double slope) {
    int n = series.size();
    double[] rest = new double[n];
    double mean = 0;
    for (int i = 0; i < n; i++) {
      rest[i] = series.values()[i] - slope * series.hours()[i];
      mean += rest[i] / n;
    }
    double products = 0;
    double squares = 0;
    double scale = 0;
    for (int i = 0; i < n; i++) {
      squares += (rest[i] - mean) * (rest[i] - mean);
      scale = Math.max(scale, Math.abs(series.values()[i]));
      products += i == 0 ? 0 : (rest[i] - mean) * (rest[i - 1] - mean);
    }
    if (Math.sqrt(squares / n) <= ROUNDING * scale) {
      return 0;
    }
    // What is left after fitting a line looks less dependent than it is.
    double unbiased = (n * products / squares + 2) / (n - 4);
    return Math.clamp(unbiased, 0, MOST_CORRELATED);
  }
}
