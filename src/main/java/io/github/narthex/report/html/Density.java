package io.github.narthex.report.html;

import java.util.Arrays;

/** How closely places on a line lie together. */
final class Density {
  private static final double LEAST_BANDWIDTH = 1.5;
  private static final double SILVERMAN = 0.9;
  private static final double NORMAL_IQR = 1.34;
  private static final double REACH = 3;

  private final double[] sorted;
  private final double bandwidth;

  /**
   * The density of places by a Gaussian kernel, with Silverman's bandwidth.
   *
   * @param places in any order, at least one; not changed
   */
  Density(double[] places) {
    sorted = places.clone();
    Arrays.sort(sorted);
    int n = sorted.length;
    double mean = Arrays.stream(sorted).average().orElseThrow();
    double variance = Arrays.stream(sorted).map(x -> (x - mean) * (x - mean)).sum() / n;
    double iqr = sorted[(3 * n) / 4] - sorted[n / 4];
    double spread = iqr > 0 ? Math.min(Math.sqrt(variance), iqr / NORMAL_IQR) : Math.sqrt(variance);
    bandwidth = Math.max(LEAST_BANDWIDTH, SILVERMAN * spread * Math.pow(n, -0.2));
  }

  /** Where it is as good as nothing, below all places. */
  double begin() {
    return sorted[0] - REACH * bandwidth;
  }

  /** Where it is as good as nothing, above all places. */
  double end() {
    return sorted[sorted.length - 1] + REACH * bandwidth;
  }

  /** The density at a place, of a scale of its own. */
  double at(double x) {
    double sum = 0;
    for (double place : sorted) {
      double z = (x - place) / bandwidth;
      sum += Math.exp(-z * z / 2);
    }
    return sum;
  }
}
