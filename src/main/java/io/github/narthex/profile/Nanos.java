package io.github.narthex.profile;

import java.util.Arrays;

/** Times that something took, in nanoseconds, the latest last. */
final class Nanos {
  private long[] values = new long[64];
  private int count;

  void add(long nanos) {
    if (count == values.length) {
      values = Arrays.copyOf(values, 2 * count);
    }
    values[count++] = nanos;
  }

  int count() {
    return count;
  }

  long[] values() {
    return Arrays.copyOf(values, count);
  }

  long sum() {
    return Arrays.stream(values, 0, count).sum();
  }

  long median() {
    long[] sorted = values();
    Arrays.sort(sorted);
    return sorted[count / 2];
  }
}
