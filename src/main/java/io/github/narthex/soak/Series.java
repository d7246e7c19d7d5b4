package io.github.narthex.soak;

import io.github.narthex.bench.Quantiles;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * Values over time.
 *
 * @param hours when each was, in ascending order
 * @param values as many
 */
// Lists would box each number, and pairs of them are gone through.
@SuppressWarnings("ArrayRecordComponent")
record Series(double[] hours, double[] values) {
  private static final double SECONDS_PER_HOUR = 3600;

  /** A metric's values, without windows that have none. */
  static Series of(Metric metric, List<Sample> samples) {
    List<Sample> known =
        samples.stream().filter(sample -> Double.isFinite(metric.of(sample))).toList();
    return new Series(
        known.stream().mapToDouble(sample -> sample.seconds() / SECONDS_PER_HOUR).toArray(),
        known.stream().mapToDouble(metric::of).toArray());
  }

  int size() {
    return values.length;
  }

  /** From the first to the last. */
  double span() {
    return size() == 0 ? 0 : hours[size() - 1] - hours[0];
  }

  /** Those from one position to before another. */
  Series part(int from, int to) {
    return new Series(Arrays.copyOfRange(hours, from, to), Arrays.copyOfRange(values, from, to));
  }

  Series firstHalf() {
    return part(0, size() / 2);
  }

  Series secondHalf() {
    return part(size() / 2, size());
  }

  /** NaN if there are none. */
  double quantile(double q) {
    return size() == 0 ? Double.NaN : Quantiles.of(DoubleStream.of(values).sorted().toArray(), q);
  }

  double median() {
    return quantile(0.5);
  }
}
