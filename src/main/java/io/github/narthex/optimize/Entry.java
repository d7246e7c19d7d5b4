package io.github.narthex.optimize;

import io.github.narthex.bench.Candidate;
import io.github.narthex.bench.Interval;
import io.github.narthex.bench.Measurement;
import io.github.narthex.bench.SpeedUp;
import org.jspecify.annotations.Nullable;

/**
 * A candidate in a search, with what is known of it now.
 *
 * @param fileBytes the size of its file; null if that is not known
 * @param objection why its answers do not hold, or it did not run; null if they hold
 */
record Entry(
    Candidate candidate,
    Measurement measurement,
    @Nullable Long fileBytes,
    @Nullable String objection) {
  /** How far the peak of one and the same process scatters. */
  private static final double MEMORY_NOISE = 0.03;

  private static final Interval ANYTHING = new Interval(0, Double.POSITIVE_INFINITY);

  boolean holds() {
    return objection == null && measurement.latency() != null;
  }

  /** The same with what was measured since. */
  Entry with(Measurement newer, @Nullable String newObjection) {
    return new Entry(candidate, newer, fileBytes, newObjection);
  }

  Entry withFile(long bytes) {
    return new Entry(candidate, measurement, bytes, objection);
  }

  /**
   * How many times better than the baseline it is by a goal's measure; 0 if that is not known.
   *
   * @param baseline the model as it is
   */
  double merit(Goal goal, Entry baseline) {
    return switch (goal) {
      case LATENCY -> ratio();
      case THROUGHPUT -> ratio() * items(baseline);
      case MEMORY -> over(baseline.measurement.peakRssBytes(), measurement.peakRssBytes());
      case SIZE -> over(baseline.fileBytes, fileBytes);
    };
  }

  /** The 95 % confidence interval of {@link #merit}; everything where there is none yet. */
  Interval interval(Goal goal, Entry baseline) {
    double merit = merit(goal, baseline);
    SpeedUp speedUp = measurement.speedUp();
    Interval interval = speedUp == null ? null : speedUp.interval();
    return switch (goal) {
      case MEMORY -> new Interval(merit * (1 - MEMORY_NOISE), merit * (1 + MEMORY_NOISE));
      case SIZE -> new Interval(merit, merit);
      case LATENCY, THROUGHPUT -> {
        if (interval == null) {
          yield candidate.equals(baseline.candidate) ? new Interval(1, 1) : ANYTHING;
        }
        double factor = goal == Goal.THROUGHPUT ? items(baseline) : 1;
        yield new Interval(interval.low() * factor, interval.high() * factor);
      }
    };
  }

  private double ratio() {
    SpeedUp speedUp = measurement.speedUp();
    return speedUp == null ? 0 : speedUp.ratio();
  }

  private double items(Entry baseline) {
    return candidate.itemsPerCall() / baseline.candidate.itemsPerCall();
  }

  private static double over(@Nullable Long before, @Nullable Long now) {
    return before == null || now == null || now == 0 ? 0 : (double) before / now;
  }
}
