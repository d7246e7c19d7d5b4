package io.github.narthex.compare;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A figure of a row that two results can be compared by. */
public enum Metric {
  P50(Unit.MS, 0.5, "latency_ms/p50"),
  P90(Unit.MS, 0.9, "latency_ms/p90"),
  P95(Unit.MS, 0.95, "latency_ms/p95"),
  P99(Unit.MS, 0.99, "latency_ms/p99"),
  /** Items a second. */
  THROUGHPUT(Unit.PER_S, 0, "throughput_per_s"),
  /** The first inference after loading. */
  FIRST(Unit.MS, 0, "first_inference_ms"),
  /** Loading and applying the recipe. */
  LOAD(Unit.MS, 0, "load_ms"),
  /** The most memory in RAM. */
  PEAK(Unit.BYTES, 0, "peak_rss_bytes"),
  /** The largest error over the largest value. */
  MAX_REL(Unit.FRACTION, 0, "accuracy/max_rel");

  /** What a metric's values are in. */
  public enum Unit {
    MS,
    PER_S,
    BYTES,
    FRACTION
  }

  private final Unit unit;
  private final double quantile;
  private final String path;

  Metric(Unit unit, double quantile, String path) {
    this.unit = unit;
    this.quantile = quantile;
    this.path = path;
  }

  /** The metric of that name. */
  public static Optional<Metric> named(String name) {
    return Arrays.stream(values()).filter(metric -> metric.toString().equals(name)).findFirst();
  }

  /** The name in rules and files, for example {@code max_rel}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What its values are in. */
  public Unit unit() {
    return unit;
  }

  /** Whether less of it is better. */
  public boolean isLowerBetter() {
    return this != THROUGHPUT;
  }

  /** Whether it becomes worse where others take the processors. */
  boolean isOfTime() {
    return unit == Unit.MS || unit == Unit.PER_S;
  }

  /** Whether it is a percentile of the latency. */
  public boolean isPercentile() {
    return quantile > 0;
  }

  /** Of a percentile, which one, from 0 to 1. */
  double quantile() {
    return quantile;
  }

  /** Where it is in a row of a document. */
  List<String> path() {
    return List.of(path.split("/", -1));
  }
}
