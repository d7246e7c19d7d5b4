package io.github.narthex.bench;

import java.util.Arrays;

/**
 * How the turns of a row compare with each other.
 *
 * @param isKnown whether there are enough turns; if not, figures are 0
 * @param isUnsettled whether the warm-up did not end steady, and the first turn shows it
 * @param scatter of the turns' medians: their median absolute deviation over their median, times
 *     1.4826, which makes it a standard deviation where they are normal (Rousseeuw and Croux 1993)
 * @param drift by what fraction medians rose from the first turn to the last
 * @param isDrifting whether that is beyond chance and beyond what is taken for nothing
 * @param timedMs the time of all timed forwards
 */
record TurnPattern(
    String recipe,
    boolean isKnown,
    boolean isUnsettled,
    double scatter,
    double drift,
    Interval driftInterval,
    boolean isDrifting,
    double timedMs,
    Disturbance disturbance) {
  private static final double DEVIATIONS = 1.4826;

  static TurnPattern of(Measurement row) {
    Latency latency = row.latency();
    double timedMs = latency == null ? 0 : latency.meanMs() * latency.samples();
    Disturbance measured = row.disturbance();
    Disturbance disturbance = measured == null ? Disturbance.NONE : measured;
    double[] medians = row.turns().stream().mapToDouble(Turn::medianNanos).toArray();
    if (latency == null || medians.length < Trend.MIN_VALUES) {
      Interval none = new Interval(0, 0);
      return new TurnPattern(row.recipe(), false, false, 0, 0, none, false, timedMs, disturbance);
    }
    double median = median(medians);
    double[] logs = Arrays.stream(medians).map(Math::log).toArray();
    Trend trend = Trend.of(logs);
    int steps = medians.length - 1;
    double drift = Math.expm1(steps * trend.slope());
    return new TurnPattern(
        row.recipe(),
        true,
        Boolean.FALSE.equals(row.steady()) && medians[0] > (1 + Stability.SETTLING_LIMIT) * median,
        DEVIATIONS
            * median(Arrays.stream(medians).map(m -> Math.abs(m - median)).toArray())
            / median,
        drift,
        new Interval(
            Math.expm1(steps * trend.slopes().low()), Math.expm1(steps * trend.slopes().high())),
        trend.isSignificant() && Math.abs(drift) > Stability.DRIFT_LIMIT,
        timedMs,
        disturbance);
  }

  double throttledShare() {
    return timedMs == 0 ? 0 : disturbance.throttledMs() / timedMs;
  }

  double gcShare() {
    return timedMs == 0 ? 0 : disturbance.gcMs() / timedMs;
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return Quantiles.of(sorted, 0.5);
  }
}
