package io.github.narthex.load;

import org.jspecify.annotations.Nullable;

/**
 * What came of a load.
 *
 * @param servers how many there were
 * @param durationNanos how long requests came
 * @param elapsedNanos until the last answer
 * @param achievedPerS requests, or samples of queries, that were served in a second
 * @param latency of each answer: in an open loop from when the request was due, whether a server
 *     was free or not; in a closed loop from when the caller asked; of queries, to their last
 *     sample
 * @param unanswered for each request without an answer at the end how long it had been waiting
 * @param service what answering a request, or a sample of a query, took once it had begun
 * @param lateness by how much servers that were waiting for a request began too late with it
 * @param backlog how many requests of an open loop had no answer when the last one came
 * @param overloaded whether that is more than chance brings together, so that the queue would grow
 *     without end
 * @param errors requests, or samples of queries, that failed
 * @param firstError why the first of them did; null if none did
 */
public record Outcome(
    int servers,
    long durationNanos,
    long elapsedNanos,
    double achievedPerS,
    Distribution latency,
    Distribution unanswered,
    Distribution service,
    Distribution lateness,
    long backlog,
    boolean overloaded,
    long errors,
    @Nullable String firstError) {
  private static final double NANOS_PER_S = 1e9;

  /** How many requests or queries there were, whatever became of them. */
  public long asked() {
    return latency.count() + unanswered.count() + errors;
  }

  /** How many requests or queries came in a second. */
  public double offeredPerS() {
    return asked() * NANOS_PER_S / durationNanos;
  }

  /**
   * The latency of all requests; for one without an answer, which can only be longer, how long it
   * had been waiting at the end.
   */
  public Distribution latencyOfAll() {
    return latency.plus(unanswered);
  }

  /** The mean time in milliseconds that answers had to wait for a server. */
  public double meanWaitMs() {
    return Math.max(0, latency.meanMs() - service.meanMs());
  }

  /** The share of their time for which servers were at work, from 0 to 1. */
  public double busy() {
    return service.sum() / ((double) servers * elapsedNanos);
  }
}
