package io.github.narthex.bench;

import io.github.narthex.load.Percentile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the latencies of one recipe were, in milliseconds. A percentile is null where there are too
 * few samples to speak of it: below {@value #P90_FLOOR} for p90, {@value #P95_FLOOR} for p95 and
 * {@value #P99_FLOOR} for p99.
 *
 * @param samples how many forwards were timed
 * @param curveMs the quantiles of 0 %, 1 % and so on to 100 %, to draw a distribution from; those
 *     beyond the floors above show what was seen and promise nothing. Empty where it is not known
 */
public record Latency(
    double minMs,
    double meanMs,
    double p50Ms,
    @Nullable Double p90Ms,
    @Nullable Double p95Ms,
    @Nullable Double p99Ms,
    double maxMs,
    long samples,
    List<Double> curveMs) {
  /** The fewest samples with a p90. */
  public static final int P90_FLOOR = Percentile.P90_FLOOR;

  /** The fewest samples with a p95. */
  public static final int P95_FLOOR = Percentile.P95_FLOOR;

  /** The fewest samples with a p99. */
  public static final int P99_FLOOR = Percentile.P99_FLOOR;

  /** How many steps the curve of quantiles has. */
  private static final int CURVE_STEPS = 100;

  private static final double NANOS_PER_MS = 1e6;

  /** The list is copied. */
  public Latency {
    curveMs = List.copyOf(curveMs);
  }

  /** Without a curve. */
  public Latency(
      double minMs,
      double meanMs,
      double p50Ms,
      @Nullable Double p90Ms,
      @Nullable Double p95Ms,
      @Nullable Double p99Ms,
      double maxMs,
      long samples) {
    this(minMs, meanMs, p50Ms, p90Ms, p95Ms, p99Ms, maxMs, samples, List.of());
  }

  /**
   * The summary of raw samples.
   *
   * @param nanos the time of each forward in nanoseconds, in any order; not changed
   * @throws IllegalArgumentException if there are no samples
   */
  public static Latency of(long[] nanos) {
    if (nanos.length == 0) {
      throw new IllegalArgumentException("no samples");
    }
    long[] sorted = nanos.clone();
    Arrays.sort(sorted);
    return new Latency(
        sorted[0] / NANOS_PER_MS,
        Arrays.stream(sorted).average().orElseThrow() / NANOS_PER_MS,
        Quantiles.of(sorted, 0.5) / NANOS_PER_MS,
        percentile(sorted, 0.9, P90_FLOOR),
        percentile(sorted, 0.95, P95_FLOOR),
        percentile(sorted, 0.99, P99_FLOOR),
        sorted[sorted.length - 1] / NANOS_PER_MS,
        sorted.length,
        curve(sorted));
  }

  private static List<Double> curve(long[] sorted) {
    List<Double> curve = new ArrayList<>();
    for (int i = 0; i <= CURVE_STEPS; i++) {
      curve.add(Quantiles.of(sorted, (double) i / CURVE_STEPS) / NANOS_PER_MS);
    }
    return curve;
  }

  private static @Nullable Double percentile(long[] sorted, double q, int floor) {
    return sorted.length < floor ? null : Quantiles.of(sorted, q) / NANOS_PER_MS;
  }
}
