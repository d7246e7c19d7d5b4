package io.github.narthex.load;

import java.util.Locale;

/**
 * A percentile of latency, and how many samples it takes to speak of it: what MLPerf's rule for
 * early stopping asks for at least.
 */
public enum Percentile {
  /** The median. */
  P50(0.50, 1),
  /** What nine of ten keep. */
  P90(0.90, Percentile.P90_FLOOR),
  /** What 19 of 20 keep. */
  P95(0.95, Percentile.P95_FLOOR),
  /** What 99 of 100 keep. */
  P99(0.99, Percentile.P99_FLOOR);

  /** The fewest samples with a p90. */
  public static final int P90_FLOOR = 64;

  /** The fewest samples with a p95. */
  public static final int P95_FLOOR = 130;

  /** The fewest samples with a p99. */
  public static final int P99_FLOOR = 662;

  private final double fraction;
  private final int least;

  Percentile(double fraction, int least) {
    this.fraction = fraction;
    this.least = least;
  }

  /** For example 0.99. */
  public double fraction() {
    return fraction;
  }

  /** For example 99. */
  public int percent() {
    return (int) Math.round(100 * fraction);
  }

  /** The fewest samples. */
  public int least() {
    return least;
  }

  /** For example {@code p99}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
