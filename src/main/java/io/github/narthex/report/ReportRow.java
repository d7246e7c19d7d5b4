package io.github.narthex.report;

import io.github.narthex.bench.Accuracy;
import io.github.narthex.bench.Latency;
import io.github.narthex.bench.Measurement;
import io.github.narthex.bench.Status;
import io.github.narthex.report.html.Emphasis;
import io.github.narthex.strategy.Threads;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A row of a report.
 *
 * @param number its place, from 1
 * @param detail of threads and batch what is not the same in all rows; may be empty
 * @param fileBytes the size of its model file; null if that is not known
 * @param operatorMs milliseconds of operators in a forward, in the order of the profile
 * @param outcome what came of it; empty if there is nothing to say
 * @param isFront whether no other row is better in one figure and as good in the others
 */
record ReportRow(
    int number,
    String detail,
    Measurement measurement,
    Threads threads,
    @Nullable Long fileBytes,
    Map<String, Double> operatorMs,
    String outcome,
    boolean isBaseline,
    boolean isChosen,
    boolean isFront) {
  /** The map is copied, and keeps its order. */
  ReportRow {
    operatorMs = new LinkedHashMap<>(operatorMs);
  }

  /** Its recipe, and what tells it apart from others of that recipe. */
  String label() {
    return detail.isEmpty() ? recipe() : recipe() + ", " + detail;
  }

  String recipe() {
    return measurement.recipe();
  }

  boolean isMeasured() {
    return measurement.latency() != null;
  }

  /** Whether it ran, and its answers were found to hold. */
  boolean holds() {
    return measurement.status() == Status.OK && isMeasured() && measurement.accuracy() != null;
  }

  double p50Ms() {
    Latency latency = measurement.latency();
    return latency == null ? Double.POSITIVE_INFINITY : latency.p50Ms();
  }

  double itemsPerS() {
    Double items = measurement.throughputPerS();
    return items == null ? 0 : items;
  }

  /** NaN where it was not compared. */
  double error() {
    Accuracy accuracy = measurement.accuracy();
    return accuracy == null ? Double.NaN : accuracy.maxRel();
  }

  /** Status, outcome and notes in one line. */
  String remark() {
    List<String> parts = new ArrayList<>();
    String reason = measurement.reason();
    if (measurement.status() != Status.OK) {
      parts.add(measurement.status() + (reason == null ? "" : ": " + reason));
    }
    if (!outcome.isEmpty() && !outcome.equals(reason)) {
      parts.add(outcome);
    }
    parts.addAll(measurement.notes());
    return String.join("; ", parts);
  }

  Emphasis emphasis() {
    if (measurement.status() != Status.OK) {
      return Emphasis.BAD;
    }
    return isChosen ? Emphasis.CHOSEN : isBaseline ? Emphasis.BASELINE : Emphasis.PLAIN;
  }

  /** All figures of the row, a line each. */
  String tooltip() {
    List<String> lines = new ArrayList<>();
    lines.add(number + ". " + label());
    Latency latency = measurement.latency();
    if (latency != null) {
      lines.add(
          "p50 %s, p90 %s, p99 %s, longest %s ms of %s forwards"
              .formatted(
                  Figures.ms(latency.p50Ms()),
                  Figures.ms(latency.p90Ms()),
                  Figures.ms(latency.p99Ms()),
                  Figures.ms(latency.maxMs()),
                  Figures.count(latency.samples())));
      lines.add(Figures.rate(measurement.throughputPerS()) + " items/s");
      lines.add("speed-up " + Figures.speedUp(measurement.speedUp()));
    }
    if (measurement.accuracy() != null) {
      lines.add("error " + Figures.percent(error()));
    }
    if (!remark().isEmpty()) {
      lines.add(remark());
    }
    return String.join("\n", lines);
  }
}
