package io.github.narthex.compare;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/**
 * A row of both results.
 *
 * @param label what tells it from other rows
 * @param differences of all metrics
 */
public record Pair(String label, Row before, Row after, Map<Metric, Difference> differences) {
  /**
   * Where others took more than this share of the processors, no difference in time can be told. A
   * forward on several threads waits at each of its steps for the one that was held up, and was
   * seen to take ten times as long where they took two thirds.
   */
  static final double MOST_TAKEN = 0.1;

  /**
   * The pair.
   *
   * @param taken which share of the processors' time others took in either run, so that a forward
   *     may have taken longer by as much
   */
  static Pair of(String label, Row before, Row after, double taken) {
    double drift = Math.max(before.drift(), after.drift());
    double delay = taken > MOST_TAKEN ? Double.POSITIVE_INFINITY : taken / (1 - taken);
    Map<Metric, Difference> differences = new EnumMap<>(Metric.class);
    for (Metric metric : Metric.values()) {
      differences.put(
          metric,
          Difference.of(metric, before, after, metric.isOfTime() ? Math.max(drift, delay) : 0));
    }
    return new Pair(label, before, after, differences);
  }

  /** How a metric differs. */
  public Difference difference(Metric metric) {
    return Objects.requireNonNull(differences.get(metric));
  }
}
