package io.github.narthex.load;

import org.jspecify.annotations.Nullable;

/** What one server has done. Of one thread, until that ends. */
final class Tally {
  private final long duration;
  private final Histogram latency = new Histogram();
  private final Histogram service = new Histogram();
  private final Histogram lateness = new Histogram();
  private long inTime;
  private long errors;
  private long lastEnd;
  private @Nullable String firstError;

  /**
   * An empty one.
   *
   * @param duration what is served after it is not in time
   */
  Tally(long duration) {
    this.duration = duration;
  }

  /**
   * A request, or a sample of one, was served.
   *
   * @param idle whether the server had been waiting for it to be due
   */
  void served(long due, long started, long ended, boolean idle) {
    service.add(ended - started);
    if (idle) {
      lateness.add(started - due);
    }
    if (ended <= duration) {
      inTime++;
    }
    lastEnd = ended;
  }

  /** A caller has its answer. */
  void answered(long latencyNanos) {
    latency.add(latencyNanos);
  }

  /** What was served last failed. */
  void failed(RuntimeException failure) {
    errors++;
    if (firstError == null) {
      firstError = failure.getMessage() == null ? failure.toString() : failure.getMessage();
    }
  }

  Histogram latency() {
    return latency;
  }

  Histogram service() {
    return service;
  }

  Histogram lateness() {
    return lateness;
  }

  /** How many were served before the time was over. */
  long inTime() {
    return inTime;
  }

  long errors() {
    return errors;
  }

  long lastEnd() {
    return lastEnd;
  }

  @Nullable String firstError() {
    return firstError;
  }
}
