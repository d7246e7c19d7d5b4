package io.github.narthex.bench;

/**
 * What disturbed timed turns.
 *
 * @param gcMs garbage collection in the worker
 * @param throttledMs time for which the cgroup's CPU quota held the worker back
 * @param stolenMs processor time that the hypervisor gave to others, summed over all processors
 * @param othersMs processor time that other processes took, summed over all processors
 */
public record Disturbance(double gcMs, double throttledMs, double stolenMs, double othersMs) {
  /** Nothing. */
  public static final Disturbance NONE = new Disturbance(0, 0, 0, 0);

  /** This and the other together. */
  public Disturbance plus(Disturbance other) {
    return new Disturbance(
        gcMs + other.gcMs,
        throttledMs + other.throttledMs,
        stolenMs + other.stolenMs,
        othersMs + other.othersMs);
  }

  /** What came on top of an earlier state. */
  Disturbance since(Disturbance before) {
    return new Disturbance(
        gcMs - before.gcMs,
        throttledMs - before.throttledMs,
        stolenMs - before.stolenMs,
        othersMs - before.othersMs);
  }
}
