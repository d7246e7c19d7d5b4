package io.github.narthex.bench;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What one turn of a recipe gave: some forwards in a row. Those of one turn depend on each other;
 * turns lie apart in time, and are what an interval of confidence is drawn from.
 *
 * @param nanos the time of each forward in nanoseconds, at least one; not to be changed
 * @param disturbance what disturbed it
 */
// A list would box each sample.
@SuppressWarnings("ArrayRecordComponent")
public record Turn(long[] nanos, Disturbance disturbance) {
  /** Its latencies. */
  public Latency latency() {
    return Latency.of(nanos);
  }

  /** Its median in nanoseconds. */
  double medianNanos() {
    return Quantiles.median(nanos);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Turn turn
        && Arrays.equals(nanos, turn.nanos)
        && disturbance.equals(turn.disturbance);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(nanos) + disturbance.hashCode();
  }

  @Override
  public String toString() {
    return "Turn[%d forwards, %s]".formatted(nanos.length, disturbance);
  }
}
