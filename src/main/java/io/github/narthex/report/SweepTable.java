package io.github.narthex.report;

import io.github.narthex.bench.Accuracy;
import io.github.narthex.bench.BestBatch;
import io.github.narthex.bench.Latency;
import io.github.narthex.bench.Measurement;
import io.github.narthex.bench.Status;
import io.github.narthex.bench.SweepResult;
import io.github.narthex.bench.SweepRow;
import io.github.narthex.strategy.Threads;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The result of a sweep as text for a terminal. */
public final class SweepTable {
  private static final String FRONT = "*";

  /** The percentiles above p90 are in the files. */
  private static final List<String> HEADER =
      List.of("recipe", "p50", "p90", "items/s", "speed-up [95 %]", "error", "peak", "of");

  private static final List<String> UNITS = List.of("", "ms", "ms", "", "", "", "MB", "eager");

  private static final int SPEED_UP_COLUMN = 4;

  private static final List<String> BEST_HEADER =
      List.of("recipe", "p50", "batch", "threads", "", "items/s", "batch", "threads", "pays up to");

  private static final List<String> BEST_UNITS = List.of("", "ms", "", "", "", "", "", "", "batch");

  private SweepTable() {}

  /** The whole text, with a line end. */
  public static String of(SweepResult result) {
    List<String> lines = new ArrayList<>();
    lines.add(Wrap.labelled("", title(result), BenchTable.WIDTH));
    lines.add("");
    lines.addAll(table(result));
    List<BestBatch> best = result.best();
    if (!best.isEmpty()) {
      lines.add("");
      lines.add("lowest latency of each recipe, and most items a second:");
      lines.add("");
      lines.addAll(bestTable(best));
    }
    lines.add("");
    lines.addAll(BenchTable.environment(result.environment(), run(result)));
    lines.add(StabilityText.line(result.stability()));
    lines.add("");
    notes(result).forEach(note -> lines.add(Wrap.labelled("note: ", note, BenchTable.WIDTH)));
    lines.add("");
    lines.add(Wrap.labelled("", advice(result), BenchTable.WIDTH));
    javaLines(result).forEach(line -> lines.add("  " + line));
    return String.join("\n", lines) + "\n";
  }

  /** What to use, in a sentence or two. */
  static String advice(SweepResult result) {
    Optional<SweepRow> fastest = result.fastest();
    Optional<SweepRow> busiest = result.busiest();
    if (fastest.isEmpty() || busiest.isEmpty()) {
      return "No recipe ran with answers that hold.";
    }
    return "Lowest latency: %s. Most items a second: %s."
        .formatted(at(fastest.get()), at(busiest.get()));
  }

  private static String at(SweepRow row) {
    Measurement measurement = row.measurement();
    Latency latency = measurement.latency();
    return "`%s` at batch %d with %s, p50 %s ms and %s items/s"
        .formatted(
            measurement.recipe(),
            measurement.batch(),
            words(row.threads()),
            Figures.ms(latency == null ? null : latency.p50Ms()),
            Figures.rate(measurement.throughputPerS()));
  }

  private static String words(Threads threads) {
    String intra = threads.intra() == 1 ? "1 thread" : threads.intra() + " threads";
    return threads.instances() == 1
        ? intra
        : intra + " in each of " + threads.instances() + " instances";
  }

  /** The Java of both, or of one if they are the same. */
  static Set<String> javaLines(SweepResult result) {
    Set<String> lines = new LinkedHashSet<>();
    for (Optional<SweepRow> row : List.of(result.fastest(), result.busiest())) {
      row.ifPresent(
          one ->
              lines.add(
                  BenchTable.javaLine(one.measurement().recipe())
                      .replaceFirst(";$", ".withThreads(" + one.threads().intra() + ");")));
    }
    return lines;
  }

  private static String title(SweepResult result) {
    Set<String> inputs = new LinkedHashSet<>();
    result.rows().stream()
        .filter(row -> !row.inputs().isEmpty())
        .forEach(row -> inputs.add(String.join(" ", row.inputs())));
    return "%s, %s, %s"
        .formatted(
            Caption.of(result.model()),
            "inputs " + String.join(" | ", inputs),
            result.task().task().device());
  }

  /** Batch, threads and recipe are one column, since they are what a row is about. */
  private static List<String> table(SweepResult result) {
    int batch = "batch".length();
    int threads = "threads".length();
    for (SweepRow row : result.rows()) {
      batch = Math.max(batch, Long.toString(row.measurement().batch()).length());
      threads = Math.max(threads, row.threads().toString().length());
    }
    String name = "%1s %" + batch + "s  %" + threads + "s  %s";
    List<String> header = new ArrayList<>(HEADER);
    header.set(0, name.formatted("", "batch", "threads", HEADER.getFirst()));
    DeviceColumn onDevice = DeviceColumn.of(result.rows().stream().map(SweepRow::measurement));
    TextTable table =
        new TextTable(BenchTable.WIDTH, onDevice.header(header), List.of(SPEED_UP_COLUMN));
    table.row(onDevice.units(UNITS));
    for (SweepRow row : result.rows()) {
      Measurement measurement = row.measurement();
      String label =
          name.formatted(
              row.isFront() ? FRONT : "", measurement.batch(), row.threads(), measurement.recipe());
      Latency latency = measurement.latency();
      String reason = measurement.reason();
      if (latency == null) {
        table.note(label, measurement.status() + (reason == null ? "" : ": " + reason));
      } else {
        table.row(onDevice.cells(cells(label, row, latency), measurement));
        if (measurement.status() == Status.INACCURATE) {
          table.note("", measurement.status() + ": " + reason);
        }
      }
    }
    return table.lines();
  }

  private static List<String> cells(String label, SweepRow row, Latency latency) {
    Measurement measurement = row.measurement();
    Accuracy accuracy = measurement.accuracy();
    Double ofEager = row.peakOfEager();
    return List.of(
        label,
        Figures.ms(latency.p50Ms()),
        Figures.ms(latency.p90Ms()),
        Figures.rate(measurement.throughputPerS()),
        Figures.speedUp(measurement.speedUp()),
        accuracy == null ? Figures.NONE : Figures.percent(accuracy.maxRel()),
        Figures.megabytes(measurement.peakRssBytes()),
        ofEager == null ? Figures.NONE : String.format(Locale.ROOT, "%.2fx", ofEager));
  }

  private static List<String> bestTable(List<BestBatch> best) {
    TextTable table = new TextTable(BenchTable.WIDTH, BEST_HEADER, List.of());
    table.row(BEST_UNITS);
    for (BestBatch one : best) {
      Measurement latency = one.latency().measurement();
      Measurement throughput = one.throughput().measurement();
      Latency lowest = latency.latency();
      table.row(
          List.of(
              one.recipe(),
              Figures.ms(lowest == null ? null : lowest.p50Ms()),
              Long.toString(latency.batch()),
              one.latency().threads().toString(),
              "",
              Figures.rate(throughput.throughputPerS()),
              Long.toString(throughput.batch()),
              one.throughput().threads().toString(),
              one.paysUpTo() + (one.stillGrows() ? " or more" : "")));
    }
    return table.lines();
  }

  private static String run(SweepResult result) {
    List<Measurement> rows = result.rows().stream().map(SweepRow::measurement).toList();
    return "%s; %s timed forwards for each row; batches and threads one after the other"
        .formatted(result.environment().time(), BenchTable.samples(rows));
  }

  static List<String> notes(SweepResult result) {
    List<String> notes = new ArrayList<>();
    notes.add(
        FRONT
            + " is on the front of latency and throughput: no other row is better in one and as"
            + " good in the other. Speed-ups and memory are against eager with the same batch and"
            + " threads. A batch pays up to where a larger one brings less than 5 % more items a"
            + " second.");
    notes.addAll(BenchTable.notes(result.model()));
    String over =
        result.task().threads().stream()
            .filter(threads -> threads.total() > result.usableCores())
            .map(Threads::toString)
            .collect(Collectors.joining(", "));
    if (!over.isEmpty()) {
      notes.add(
          "more threads than the %d physical cores that this process may keep busy: %s."
              .formatted(result.usableCores(), over));
    }
    boolean unjudged =
        result.rows().stream()
            .map(SweepRow::measurement)
            .anyMatch(row -> row.latency() != null && row.accuracy() == null);
    if (unjudged) {
      notes.add(
          "rows without an error ran where eager did not: there was nothing to compare their"
              + " answers with, and they are not recommended.");
    }
    List<Measurement> rows = result.rows().stream().map(SweepRow::measurement).toList();
    if (rows.stream()
        .anyMatch(row -> row.latency() != null && Boolean.FALSE.equals(row.steady()))) {
      notes.add(
          "latencies of some rows had not settled when timing began; the JSON says of which.");
    }
    notes.addAll(BenchTable.disturbances(rows, result.environment().processors()));
    return notes;
  }
}
