package io.github.narthex.report;

import io.github.narthex.bench.Latency;
import io.github.narthex.bench.Measurement;
import io.github.narthex.optimize.Limits;
import io.github.narthex.optimize.OptimizeResult;
import io.github.narthex.optimize.OptimizeTask;
import io.github.narthex.optimize.Trial;
import io.github.narthex.report.ReportContent.Champion;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The result of a search as text for a terminal. */
public final class OptimizeTable {
  private static final List<String> HEADER =
      List.of("trial", "p50", "p99", "items/s", "speed-up [95 %]", "error", "peak", "file");

  private static final List<String> UNITS = List.of("", "ms", "ms", "", "", "", "MB", "MB");
  private static final int SPEED_UP_COLUMN = 4;
  private static final int SECONDS_PER_MINUTE = 60;
  private static final String FRONT = "*";

  private OptimizeTable() {}

  /** The whole text, with a line end. */
  public static String of(OptimizeResult result) {
    List<ReportRow> rows = OptimizeContent.rows(result);
    List<String> lines = new ArrayList<>();
    lines.add(
        Wrap.labelled(
            "",
            "%s (%s), %s; %s"
                .formatted(
                    result.model().name(),
                    BenchContent.about(result.model()),
                    BenchContent.inputs(result.inputs()),
                    wish(result.task())),
            BenchTable.WIDTH));
    lines.add("");
    lines.addAll(table(rows));
    List<Champion> champions = OptimizeContent.champions(result, rows);
    if (!champions.isEmpty()) {
      lines.add("");
      TextTable table = new TextTable(BenchTable.WIDTH, List.of("best for", "", ""), List.of(1, 2));
      champions.forEach(one -> table.row(List.of(one.goal(), one.row().label(), one.figure())));
      lines.addAll(table.lines());
    }
    lines.add("");
    lines.addAll(BenchTable.environment(result.environment(), run(result)));
    lines.add("");
    for (String note : notes(result)) {
      lines.add(Wrap.labelled("note: ", note, BenchTable.WIDTH));
    }
    lines.add("");
    lines.add(Wrap.labelled("", result.stopped(), BenchTable.WIDTH));
    lines.add(Wrap.labelled("", result.verdict(), BenchTable.WIDTH));
    result.chosenTrial().ifPresent(trial -> lines.add("  " + javaLine(trial)));
    result.reasons().forEach(one -> lines.add(Wrap.labelled("- ", one, BenchTable.WIDTH)));
    if (!result.advice().isEmpty()) {
      lines.add("");
      lines.add("What else could be done:");
      result.advice().forEach(one -> lines.add(Wrap.labelled("- ", one, BenchTable.WIDTH)));
    }
    return String.join("\n", lines) + "\n";
  }

  private static List<String> notes(OptimizeResult result) {
    List<String> notes = new ArrayList<>();
    notes.add(
        FRONT
            + " is on the front: no other row is better in one of latency, throughput, memory and"
            + " file size and as good in the others.");
    notes.addAll(OptimizeContent.notes(result));
    return notes;
  }

  private static String run(OptimizeResult result) {
    List<Measurement> measurements = OptimizeContent.measurements(result);
    return "%s; %d trials in %s, %s timed forwards for each; error against eager over %s"
        .formatted(
            result.environment().time(),
            result.trials().size(),
            duration(result.elapsed()),
            BenchTable.samples(measurements),
            BenchTable.inputs(measurements, result.data().orElse(null)));
  }

  private static List<String> table(List<ReportRow> rows) {
    DeviceColumn onDevice = DeviceColumn.of(rows.stream().map(ReportRow::measurement));
    TextTable table =
        new TextTable(BenchTable.WIDTH, onDevice.header(HEADER), List.of(SPEED_UP_COLUMN));
    table.row(onDevice.units(UNITS));
    for (ReportRow row : rows) {
      String label = "%1s %s".formatted(row.isFront() ? FRONT : "", row.label());
      Measurement measurement = row.measurement();
      Latency latency = measurement.latency();
      if (latency == null) {
        table.note(label, row.remark());
        continue;
      }
      List<String> cells =
          List.of(
              label,
              Figures.ms(latency.p50Ms()),
              Figures.ms(latency.p99Ms()),
              Figures.rate(measurement.throughputPerS()),
              Figures.speedUp(measurement.speedUp()),
              measurement.accuracy() == null ? Figures.NONE : Figures.percent(row.error()),
              Figures.megabytes(measurement.peakRssBytes()),
              Figures.megabytes(row.fileBytes()));
      table.row(onDevice.cells(cells, measurement));
      if (!row.remark().isEmpty()) {
        table.note("", row.remark());
      }
    }
    return table.lines();
  }

  /** The line of Java that runs the model as this trial did. */
  static String javaLine(Trial trial) {
    return BenchTable.javaLine(trial.candidate().recipe())
        .replaceFirst(";$", ".withThreads(" + trial.candidate().threads().intra() + ");");
  }

  /** What was asked for. */
  static String wish(OptimizeTask task) {
    List<String> parts = new ArrayList<>();
    parts.add("goal " + task.goal());
    parts.add("error up to " + Figures.percent(task.maxError()));
    Double agreement = task.minAgreement();
    if (agreement != null) {
      parts.add("agreement of at least " + Figures.percent(agreement));
    }
    Limits limits = task.limits();
    Double slo = limits.sloMs();
    if (slo != null) {
      parts.add("p%d up to %s ms".formatted(limits.percentile(), Figures.ms(slo)));
    }
    Double items = limits.minItemsPerS();
    if (items != null) {
      parts.add("at least " + Figures.rate(items) + " items/s");
    }
    Long memory = limits.maxMemoryBytes();
    if (memory != null) {
      parts.add("up to " + Figures.bytes(memory) + " of memory");
    }
    return String.join(", ", parts);
  }

  /** Minutes and seconds. */
  static String duration(Duration duration) {
    long minutes = duration.toSeconds() / SECONDS_PER_MINUTE;
    double seconds = duration.toNanos() / 1e9 - minutes * SECONDS_PER_MINUTE;
    return minutes == 0
        ? String.format(Locale.ROOT, "%.1f s", seconds)
        : String.format(Locale.ROOT, "%d min %.0f s", minutes, Math.floor(seconds));
  }
}
