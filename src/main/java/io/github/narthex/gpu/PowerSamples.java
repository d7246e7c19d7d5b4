package io.github.narthex.gpu;

import java.util.OptionalDouble;

/** Power at moments, added up to an energy: between two samples it is the mean of both. */
final class PowerSamples {
  private static final double NANOS = 1e9;

  private double joules;
  private double lastWatts;
  private long lastNanos;
  private boolean begun;
  private boolean finished;

  /** A sample that is missing makes the energy unknown. After the end, samples are left out. */
  synchronized void add(long nanos, OptionalDouble watts) {
    if (finished) {
      return;
    }
    double now = watts.orElse(Double.NaN);
    if (begun) {
      joules += (lastWatts + now) / 2 * (nanos - lastNanos) / NANOS;
    }
    lastWatts = now;
    lastNanos = nanos;
    begun = true;
  }

  /**
   * Adds the last sample.
   *
   * @return the energy from the first to the last; empty if a sample is missing
   */
  synchronized OptionalDouble finish(long nanos, OptionalDouble watts) {
    add(nanos, watts);
    finished = true;
    return Double.isNaN(joules) ? OptionalDouble.empty() : OptionalDouble.of(joules);
  }
}
