package io.github.narthex.load;

import java.util.ArrayList;
import java.util.List;

/**
 * Counts durations in buckets that are no wider than 0.2 % of what is in them, so that its memory
 * has a bound, however many there are. For one thread.
 */
public final class Histogram {
  /** Each power of two is divided into so many buckets, as a power of two. */
  private static final int PRECISION_BITS = 9;

  private static final int PER_OCTAVE = 1 << PRECISION_BITS;

  /** 13 days; what is longer counts as that, in all but sum and maximum. */
  private static final int LARGEST_BITS = 50;

  private final long[] counts = new long[(LARGEST_BITS - PRECISION_BITS + 1) * PER_OCTAVE];
  private long count;
  private double sum;
  private long min = Long.MAX_VALUE;
  private long max;

  /** Counts a duration; a negative one as 0. */
  public void add(long nanos) {
    long value = Math.max(0, nanos);
    counts[bucket(value)]++;
    count++;
    sum += value;
    min = Math.min(min, value);
    max = Math.max(max, value);
  }

  /** Adds all of another one. */
  public void add(Histogram other) {
    for (int i = 0; i < counts.length; i++) {
      counts[i] += other.counts[i];
    }
    count += other.count;
    sum += other.sum;
    min = Math.min(min, other.min);
    max = Math.max(max, other.max);
  }

  /** How many were counted. */
  public long count() {
    return count;
  }

  /** What has been counted so far. */
  public Distribution distribution() {
    List<Distribution.Bucket> buckets = new ArrayList<>();
    for (int i = 0; i < counts.length; i++) {
      if (counts[i] > 0) {
        buckets.add(new Distribution.Bucket(lowest(i), lowest(i + 1) - 1, counts[i]));
      }
    }
    return new Distribution(count, sum, count == 0 ? 0 : min, max, buckets);
  }

  private static int bucket(long value) {
    long limited = Math.min(value, (1L << LARGEST_BITS) - 1);
    // The first two octaves are one range of buckets that are 1 wide.
    int shift = Math.max(0, Long.SIZE - Long.numberOfLeadingZeros(limited) - 1 - PRECISION_BITS);
    return (int) (limited >> shift) + shift * PER_OCTAVE;
  }

  /** The lowest value in a bucket. */
  private static long lowest(int bucket) {
    int shift = Math.max(0, bucket / PER_OCTAVE - 1);
    return (long) (bucket - shift * PER_OCTAVE) << shift;
  }
}
