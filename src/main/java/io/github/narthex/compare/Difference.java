package io.github.narthex.compare;

import io.github.narthex.bench.IndependentRatio;
import io.github.narthex.bench.Interval;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a metric of two rows differs.
 *
 * @param before null where it is not known
 * @param after null where it is not known
 * @param ratio after over before; 1 where both are 0; null where either is not known
 * @param interval of the ratio, at 95 %; null where the documents have too little for one
 * @param disturbance how much more time forwards may have taken in either run for other reasons
 *     than the code, as a fraction: what turns of one run have in common, and no interval shows
 * @param change null without an interval
 */
public record Difference(
    @Nullable Double before,
    @Nullable Double after,
    @Nullable Double ratio,
    @Nullable Interval interval,
    double disturbance,
    @Nullable Change change) {
  static Difference of(Metric metric, Row before, Row after, double disturbance) {
    Double old = before.values().get(metric);
    Double now = after.values().get(metric);
    if (old == null || now == null) {
      return new Difference(old, now, null, null, disturbance, null);
    }
    double ratio = old.equals(now) ? 1 : now / old;
    Interval interval = null;
    Change change = null;
    Optional<Interval> around = around(metric, before, after);
    if (around.isPresent() && Double.isFinite(ratio)) {
      interval = new Interval(ratio * around.get().low(), ratio * around.get().high());
      change = Change.of(ratio, interval, disturbance, metric.isLowerBetter());
    }
    return new Difference(old, now, ratio, interval, disturbance, change);
  }

  /** The interval as a multiple of the ratio. */
  private static Optional<Interval> around(Metric metric, Row before, Row after) {
    return TurnStatistics.of(metric, before.turns())
        .flatMap(
            one ->
                TurnStatistics.of(metric, after.turns())
                    .flatMap(other -> IndependentRatio.interval(one, other)));
  }
}
