package io.github.narthex.soak;

import io.github.narthex.bench.Disturbance;
import io.github.narthex.load.Distribution;
import io.github.narthex.load.Percentile;
import org.jspecify.annotations.Nullable;

/**
 * What a window was like. It is small: what is kept of all windows must not make the heap grow that
 * is looked at.
 *
 * @param seconds when it ended, since the beginning
 * @param reading at its end
 * @param calls that ended in it and did not fail
 * @param p50Ms their median latency; null if there are none
 * @param p99Ms their 99th percentile; null if there are too few for one
 * @param errors calls in it that failed
 * @param disturbance during it
 */
public record Sample(
    double seconds,
    Gauges.Reading reading,
    long calls,
    @Nullable Double p50Ms,
    @Nullable Double p99Ms,
    long errors,
    Disturbance disturbance) {
  /** Of latency, keeps what is looked at. */
  static Sample of(
      double seconds,
      Gauges.Reading reading,
      Distribution latency,
      long errors,
      Disturbance disturbance) {
    return new Sample(
        seconds,
        reading,
        latency.count(),
        latency.ms(Percentile.P50),
        latency.ms(Percentile.P99),
        errors,
        disturbance);
  }
}
