package io.github.narthex.bench;

/**
 * What disturbed timed turns.
 *
 * @param gcMs garbage collection in the worker
 * @param gcPauses how many garbage collections there were
 * @param longestGcMs the longest of them; 0 if it took less than a millisecond
 * @param throttledMs time for which the cgroup's CPU quota held the worker back
 * @param throttledPeriods in how many of the quota's periods, usually of 100 ms each
 * @param stolenMs processor time that the hypervisor gave to others, summed over all processors
 * @param othersMs processor time that other processes took, summed over all processors
 */
public record Disturbance(
    double gcMs,
    long gcPauses,
    double longestGcMs,
    double throttledMs,
    long throttledPeriods,
    double stolenMs,
    double othersMs) {
  /** Without how often and how long at once, which nobody has counted. */
  public Disturbance(double gcMs, double throttledMs, double stolenMs, double othersMs) {
    this(gcMs, 0, 0, throttledMs, 0, stolenMs, othersMs);
  }

  /** Nothing. */
  public static final Disturbance NONE = new Disturbance(0, 0, 0, 0);

  /** This and the other together. */
  public Disturbance plus(Disturbance other) {
    return new Disturbance(
        gcMs + other.gcMs,
        gcPauses + other.gcPauses,
        Math.max(longestGcMs, other.longestGcMs),
        throttledMs + other.throttledMs,
        throttledPeriods + other.throttledPeriods,
        stolenMs + other.stolenMs,
        othersMs + other.othersMs);
  }

  /** What came on top of an earlier state, of whose longest pause this one knows nothing. */
  public Disturbance since(Disturbance before) {
    return new Disturbance(
        gcMs - before.gcMs,
        gcPauses - before.gcPauses,
        longestGcMs,
        throttledMs - before.throttledMs,
        throttledPeriods - before.throttledPeriods,
        stolenMs - before.stolenMs,
        othersMs - before.othersMs);
  }
}
