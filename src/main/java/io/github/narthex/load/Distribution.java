package io.github.narthex.load;

import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How durations in nanoseconds were distributed. Quantiles are exact to 0.1 %, all else is exact.
 *
 * @param count how many there were
 * @param min the shortest, 0 if there were none
 * @param max the longest, 0 if there were none
 * @param buckets how many of which length, in ascending order, without empty ones
 */
public record Distribution(long count, double sum, long min, long max, List<Bucket> buckets) {
  private static final double NANOS_PER_MS = 1e6;

  /**
   * Durations of nearly the same length.
   *
   * @param from the shortest that belongs here
   * @param to the longest that belongs here
   */
  public record Bucket(long from, long to, long count) {}

  /** Without any. */
  public static final Distribution NONE = new Distribution(0, 0, 0, 0, List.of());

  /** The list is copied. */
  public Distribution {
    buckets = List.copyOf(buckets);
  }

  /** These and others together. */
  Distribution plus(Distribution other) {
    if (other.count == 0) {
      return this;
    }
    if (count == 0) {
      return other;
    }
    TreeMap<Long, Bucket> all = new TreeMap<>();
    for (List<Bucket> part : List.of(buckets, other.buckets)) {
      for (Bucket bucket : part) {
        all.merge(
            bucket.from(), bucket, (a, b) -> new Bucket(a.from(), a.to(), a.count() + b.count()));
      }
    }
    return new Distribution(
        count + other.count,
        sum + other.sum,
        Math.min(min, other.min),
        Math.max(max, other.max),
        List.copyOf(all.values()));
  }

  /** The mean in milliseconds; NaN if there are none. */
  public double meanMs() {
    return count == 0 ? Double.NaN : sum / count / NANOS_PER_MS;
  }

  /** The shortest in milliseconds. */
  public double minMs() {
    return min / NANOS_PER_MS;
  }

  /** The longest in milliseconds. */
  public double maxMs() {
    return max / NANOS_PER_MS;
  }

  /** A percentile in milliseconds; null where there are too few to speak of it. */
  public @Nullable Double ms(Percentile percentile) {
    return count < percentile.least() ? null : quantile(percentile.fraction()) / NANOS_PER_MS;
  }

  /**
   * The duration that the fraction {@code q} of all do not exceed; NaN if there are none.
   *
   * @param q from 0 to 1
   */
  public double quantile(double q) {
    long rank = Math.max(1, (long) Math.ceil(q * count));
    long before = 0;
    for (Bucket bucket : buckets) {
      before += bucket.count();
      if (before >= rank) {
        return Math.clamp((bucket.from() + bucket.to()) / 2.0, (double) min, (double) max);
      }
    }
    return Double.NaN;
  }

  /** How many were longer; those of a bucket that holds the bound are taken to be evenly spread. */
  public double countAbove(double nanos) {
    double above = 0;
    for (Bucket bucket : buckets) {
      double width = bucket.to() - bucket.from() + 1.0;
      double share = Math.clamp((bucket.to() + 1 - nanos) / width, 0, 1);
      above += share * bucket.count();
    }
    return above;
  }
}
