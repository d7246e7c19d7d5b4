package io.github.narthex.bench;

import java.util.Arrays;

/** Quantiles of samples, and of the two distributions that confidence intervals need. */
public final class Quantiles {
  /** Two-sided 95 % quantiles of Student's t for 1 to 30 degrees of freedom. */
  private static final double[] STUDENT_95 = {
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
    2.052, 2.048, 2.045, 2.042
  };

  private Quantiles() {}

  /**
   * The quantile of sorted samples, with linear interpolation between the two nearest (NumPy's
   * default).
   *
   * @param sorted samples in ascending order, at least one
   * @param q from 0 to 1
   */
  static double of(long[] sorted, double q) {
    double position = q * (sorted.length - 1);
    int below = (int) Math.floor(position);
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
  }

  /** As {@link #of(long[], double)}, for doubles. */
  public static double of(double[] sorted, double q) {
    double position = q * (sorted.length - 1);
    int below = (int) Math.floor(position);
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
  }

  /** The median of samples in any order, at least one. */
  static double median(long[] samples) {
    long[] sorted = samples.clone();
    Arrays.sort(sorted);
    return of(sorted, 0.5);
  }

  /** How many standard errors make a two-sided 95 % interval with this many degrees of freedom. */
  static double student95(int degreesOfFreedom) {
    return degreesOfFreedom <= STUDENT_95.length
        ? STUDENT_95[degreesOfFreedom - 1]
        : 1.96 + 2.4 / degreesOfFreedom;
  }

  /**
   * What a 95 % interval by a bootstrap of n draws leaves out at each end. The usual 2.5 % come out
   * too narrow for small n; here percentiles are moved outwards to where Student's t has them
   * (Hesterberg 2015, "expanded percentile interval").
   *
   * @param n at least 2
   */
  static double expandedTail(int n) {
    return normalBelow(-student95(n - 1) * Math.sqrt(n / (double) (n - 1)));
  }

  /**
   * The standard normal distribution below {@code z}, for negative {@code z}; the absolute error is
   * below 1e-7 (Abramowitz and Stegun 26.2.17).
   */
  static double normalBelow(double z) {
    double t = 1 / (1 - 0.2316419 * z);
    double series =
        t
            * (0.319381530
                + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
    return Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI) * series;
  }
}
