package io.github.narthex.report;

import io.github.narthex.bench.Accuracy;
import io.github.narthex.bench.BenchResult;
import io.github.narthex.bench.BenchTask;
import io.github.narthex.bench.Latency;
import io.github.narthex.bench.Measurement;
import io.github.narthex.bench.ModelInfo;
import io.github.narthex.bench.ModelRow;
import io.github.narthex.bench.ModelsResult;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Several models side by side, as text for a terminal: each as it is, and with its best recipe. */
public final class ModelsTable {
  private static final int WIDTH = BenchTable.WIDTH;

  private static final List<String> HEADER =
      List.of(
          "model",
          "weights",
          "file",
          "recipe",
          "p50",
          "p99",
          "items/s",
          "speed-up [95 %]",
          "error",
          "peak");

  private static final List<String> UNITS = List.of("", "", "MB", "", "ms", "ms", "", "", "", "MB");

  private static final List<Integer> LEFT = List.of(3, 7);

  private ModelsTable() {}

  /** The whole text, with a line end. */
  public static String of(ModelsResult result) {
    List<String> lines = new ArrayList<>();
    lines.add(Wrap.labelled("", title(result), WIDTH));
    lines.add("");
    lines.addAll(table(result));
    lines.add("");
    result
        .environment()
        .ifPresent(
            environment -> {
              lines.addAll(BenchTable.environment(environment, run(result)));
              lines.add(StabilityText.line(result.stability()));
              lines.add("");
            });
    List<String> notes = notes(result);
    if (!notes.isEmpty()) {
      notes.forEach(note -> lines.add(Wrap.labelled("note: ", note, WIDTH)));
      lines.add("");
    }
    lines.add(Wrap.labelled("", advice(result), WIDTH));
    return String.join("\n", lines) + "\n";
  }

  private static String title(ModelsResult result) {
    BenchTask task = result.rows().getFirst().task();
    return "%d models%s, %s, %s; each as it is, and with the recipe that suits it best"
        .formatted(
            result.rows().size(),
            task.batch() == 0 ? "" : ", batch " + task.batch(),
            task.threads() == 1 ? "1 thread" : task.threads() + " threads",
            task.device());
  }

  private static List<String> table(ModelsResult result) {
    TextTable table = new TextTable(WIDTH, HEADER, LEFT);
    table.row(UNITS);
    for (ModelRow row : result.rows()) {
      BenchResult bench = row.result();
      if (bench == null) {
        table.note(row.task().model(), row.status() + ": " + row.reason());
        continue;
      }
      List<String> about =
          List.of(
              row.task().model(),
              numbers(bench.model().parameters()),
              Figures.megabytes(bench.model().fileBytes()));
      Measurement baseline = bench.results().getFirst();
      add(table, about, baseline);
      Measurement best = bench.recommended();
      if (best == null) {
        table.note("", "no recipe ran with answers that hold");
      } else if (!best.equals(baseline)) {
        add(table, Collections.nCopies(about.size(), ""), best);
      }
    }
    return table.lines();
  }

  private static void add(TextTable table, List<String> about, Measurement row) {
    Latency latency = row.latency();
    if (latency == null) {
      table.note(
          about.getFirst(), "%s: %s: %s".formatted(row.recipe(), row.status(), row.reason()));
      return;
    }
    Accuracy accuracy = row.accuracy();
    List<String> cells = new ArrayList<>(about);
    cells.addAll(
        List.of(
            row.recipe(),
            Figures.ms(latency.p50Ms()),
            Figures.ms(latency.p99Ms()),
            Figures.rate(row.throughputPerS()),
            Figures.speedUp(row.speedUp()),
            accuracy == null ? Figures.NONE : Figures.percent(accuracy.maxRel()),
            Figures.megabytes(row.peakRssBytes())));
    table.row(cells);
  }

  /** How many numbers a model's weights are: with a thousand or a million as unit. */
  private static String numbers(long count) {
    if (count < 10_000) {
      return Long.toString(count);
    }
    return count < 1_000_000
        ? String.format(Locale.ROOT, "%.1f k", count / 1e3)
        : String.format(Locale.ROOT, "%.1f M", count / 1e6);
  }

  private static String run(ModelsResult result) {
    String inputs =
        result.rows().stream()
            .flatMap(
                row ->
                    Optional.ofNullable(row.result()).stream()
                        .map(
                            bench ->
                                "%s %s"
                                    .formatted(
                                        row.task().model(),
                                        String.join(" ", bench.workload().inputs()))))
            .collect(Collectors.joining(", "));
    return "%s; one model after the other; inputs: %s"
        .formatted(result.environment().orElseThrow().time(), inputs);
  }

  private static List<String> notes(ModelsResult result) {
    List<String> notes = new ArrayList<>();
    names(notes, result, ModelInfo::randomWeights, "random weights, whose errors show noise only");
    names(
        notes, result, ModelInfo::training, "saved in training mode, measured in evaluation mode");
    names(notes, result, ModelInfo::stateful, "changes its own state: errors may be too large");
    return notes;
  }

  private static void names(
      List<String> notes, ModelsResult result, Predicate<ModelInfo> holds, String what) {
    String names =
        result.rows().stream()
            .filter(row -> row.result() != null && holds.test(row.result().model()))
            .map(row -> row.task().model())
            .collect(Collectors.joining(", "));
    if (!names.isEmpty()) {
      notes.add(names + ": " + what + ".");
    }
  }

  /** Which model is fastest, in a sentence. */
  static String advice(ModelsResult result) {
    List<ModelRow> measured = result.rows().stream().filter(row -> row.best().isPresent()).toList();
    if (measured.isEmpty()) {
      return "No model ran with answers that hold.";
    }
    ModelRow fastest =
        measured.stream().min(Comparator.comparingDouble(ModelsTable::p50Ms)).orElseThrow();
    return "Lowest latency: `%s` with `%s`, p50 %s ms."
        .formatted(
            fastest.task().model(),
            fastest.best().orElseThrow().recipe(),
            Figures.ms(p50Ms(fastest)));
  }

  private static double p50Ms(ModelRow row) {
    @Nullable Latency latency = row.best().map(Measurement::latency).orElse(null);
    return latency == null ? Double.POSITIVE_INFINITY : latency.p50Ms();
  }
}
