package io.github.narthex.report;

import io.github.narthex.bench.BenchResult;
import io.github.narthex.bench.BenchTask;
import io.github.narthex.bench.Measurement;
import io.github.narthex.bench.ModelInfo;
import io.github.narthex.bench.SweepResult;
import io.github.narthex.bench.SweepRow;
import io.github.narthex.bench.Workload;
import io.github.narthex.report.ReportContent.Champion;
import io.github.narthex.report.ReportContent.Fact;
import io.github.narthex.report.ReportContent.Listing;
import io.github.narthex.report.ReportContent.Tile;
import io.github.narthex.strategy.Threads;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What reports of benchmarks say. */
final class BenchContent {
  private static final String COMMAND = "bench";

  private BenchContent() {}

  static ReportContent of(BenchResult result) {
    Workload workload = result.workload();
    String recommended = result.recommendation().recipe();
    Threads threads = Threads.of(workload.threads());
    List<ReportRow> rows = new ArrayList<>();
    for (Measurement row : result.results()) {
      boolean isChosen = row.recipe().equals(recommended);
      rows.add(
          new ReportRow(
              rows.size() + 1,
              "",
              row,
              threads,
              null,
              Map.of(),
              isChosen ? "recommended" : "",
              row.recipe().equals(BenchTask.BASELINE),
              isChosen,
              false));
    }
    List<Tile> tiles =
        rows.stream()
            .filter(ReportRow::isChosen)
            .findFirst()
            .map(row -> ReportTiles.of(row, rows.getFirst(), workload.maxError()))
            .orElse(List.of());
    String comparedOver = BenchTable.inputs(result.results(), workload.data());
    List<Fact> facts = ReportContent.facts(result.environment());
    facts.add(
        new Fact(
            "run",
            "%s timed forwards for each recipe in %s, seed %d"
                .formatted(
                    BenchTable.samples(result.results()),
                    workload.rounds() == 1 ? "1 round" : workload.rounds() + " rounds",
                    workload.seed())));
    facts.add(new Fact("stability", StabilityText.text(result.stability())));
    facts.add(new Fact("answers", "compared over " + comparedOver));
    return new ReportContent(
        COMMAND,
        result.model(),
        about(result.model())
            + ", %s, batch %d, %s, %s"
                .formatted(
                    inputs(workload.inputs()),
                    workload.batch(),
                    workload.threads() == 1 ? "1 thread" : workload.threads() + " threads",
                    workload.device()),
        result.recommendation().sentence(),
        recommended != null,
        recommended == null ? List.of() : List.of(BenchTable.javaLine(recommended)),
        tiles,
        List.of(),
        List.of(new Listing("Notes", BenchTable.notes(result))),
        "Recipes",
        rows,
        BenchTask.BASELINE,
        workload.maxError(),
        null,
        comparedOver,
        facts,
        CommandText.of(result));
  }

  static ReportContent of(SweepResult result) {
    Optional<SweepRow> fastest = result.fastest();
    Optional<SweepRow> busiest = result.busiest();
    Labels labels =
        new Labels(
            result.rows().stream().map(SweepRow::threads).toList(),
            result.rows().stream().map(row -> row.measurement().batch()).toList());
    List<ReportRow> rows = new ArrayList<>();
    List<Champion> champions = new ArrayList<>();
    for (SweepRow row : result.rows()) {
      Measurement measurement = row.measurement();
      boolean isFastest = fastest.filter(row::equals).isPresent();
      boolean isBusiest = busiest.filter(row::equals).isPresent();
      ReportRow line =
          new ReportRow(
              rows.size() + 1,
              labels.of(row.threads(), measurement.batch()),
              measurement,
              row.threads(),
              null,
              Map.of(),
              outcome(isFastest, isBusiest, row.isFront()),
              measurement.recipe().equals(BenchTask.BASELINE),
              isFastest || isBusiest,
              row.isFront());
      rows.add(line);
      if (isFastest) {
        champions.add(new Champion("latency", line, "p50 " + Figures.ms(row.p50Ms()) + " ms"));
      }
      if (isBusiest) {
        champions.add(new Champion("throughput", line, Figures.rate(row.itemsPerS()) + " items/s"));
      }
    }
    List<Tile> tiles =
        champions.stream()
            .map(
                champion ->
                    new Tile(
                        champion.goal().equals("latency") ? "Lowest p50" : "Most items a second",
                        champion.goal().equals("latency")
                            ? Figures.ms(champion.row().p50Ms())
                            : Figures.rate(champion.row().itemsPerS()),
                        champion.goal().equals("latency") ? "ms" : "",
                        champion.row().label()))
            .toList();
    BenchTask task = result.task().task();
    List<Measurement> measurements = result.rows().stream().map(SweepRow::measurement).toList();
    Set<String> inputs = new LinkedHashSet<>();
    result.rows().stream()
        .filter(row -> !row.inputs().isEmpty())
        .forEach(row -> inputs.add(String.join(" ", row.inputs())));
    List<Fact> facts = ReportContent.facts(result.environment());
    facts.add(new Fact("stability", StabilityText.text(result.stability())));
    facts.add(
        new Fact(
            "run",
            "%s timed forwards for each row, seed %d; batches and threads one after the other"
                .formatted(BenchTable.samples(measurements), task.seed())));
    return new ReportContent(
        COMMAND,
        result.model(),
        about(result.model()) + ", inputs " + String.join(" | ", inputs) + ", " + task.device(),
        SweepTable.advice(result),
        fastest.isPresent(),
        List.copyOf(SweepTable.javaLines(result)),
        tiles,
        champions,
        List.of(new Listing("Notes", SweepTable.notes(result))),
        "Recipes, batches and threads",
        rows,
        "eager with the same batch and threads",
        task.maxError(),
        null,
        task.data() == null ? BenchTable.inputs(measurements, null) : "samples in " + task.data(),
        facts,
        CommandText.of(result));
  }

  private static String outcome(boolean isFastest, boolean isBusiest, boolean isFront) {
    List<String> parts = new ArrayList<>();
    if (isFastest) {
      parts.add("lowest latency");
    }
    if (isBusiest) {
      parts.add("most items a second");
    }
    if (isFront && parts.isEmpty()) {
      parts.add("on the front");
    }
    return String.join(", ", parts);
  }

  static String about(ModelInfo model) {
    return "%s, %s parameters".formatted(model.format(), Figures.count(model.parameters()));
  }

  static String inputs(List<String> inputs) {
    return (inputs.size() == 1 ? "input " : "inputs ") + String.join(" ", inputs);
  }
}
