package io.github.narthex.report;

import io.github.narthex.bench.Measurement;
import io.github.narthex.optimize.Goal;
import io.github.narthex.optimize.OptimizeResult;
import io.github.narthex.optimize.Trial;
import io.github.narthex.report.ReportContent.Champion;
import io.github.narthex.report.ReportContent.Fact;
import io.github.narthex.report.ReportContent.Listing;
import io.github.narthex.report.ReportContent.Tile;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What reports of searches say. */
final class OptimizeContent {
  private OptimizeContent() {}

  static ReportContent of(OptimizeResult result) {
    List<ReportRow> rows = rows(result);
    Optional<ReportRow> chosen = result.chosen().map(rows::get);
    List<Tile> tiles =
        chosen
            .map(row -> ReportTiles.of(row, rows.getFirst(), result.task().maxError()))
            .orElse(List.of());
    List<Measurement> measurements = measurements(result);
    String comparedOver = BenchTable.inputs(measurements, result.data().orElse(null));
    List<Fact> facts = ReportContent.facts(result.environment());
    facts.add(
        new Fact(
            "run",
            "%d trials in %s, %s timed forwards for each, seed %d"
                .formatted(
                    rows.size(),
                    OptimizeTable.duration(result.elapsed()),
                    BenchTable.samples(measurements),
                    result.task().seed())));
    facts.add(new Fact("stability", StabilityText.text(result.stability())));
    facts.add(new Fact("answers", "compared over " + comparedOver));
    return new ReportContent(
        "optimize",
        result.model(),
        BenchContent.about(result.model())
            + ", "
            + BenchContent.inputs(result.inputs())
            + "; "
            + OptimizeTable.wish(result.task()),
        result.verdict(),
        chosen.isPresent(),
        result.chosenTrial().map(OptimizeTable::javaLine).stream().toList(),
        tiles,
        champions(result, rows),
        List.of(
            new Listing("What it changes", result.reasons()),
            new Listing("What else could be done", result.advice()),
            new Listing("Why it ended", List.of(result.stopped())),
            new Listing("Notes", notes(result))),
        "Trials",
        rows,
        "the baseline",
        result.task().maxError(),
        result.task().minAgreement(),
        comparedOver,
        facts,
        CommandText.of(result.task()));
  }

  static List<ReportRow> rows(OptimizeResult result) {
    List<Trial> trials = result.trials();
    Labels labels =
        new Labels(
            trials.stream().map(trial -> trial.candidate().threads()).toList(),
            trials.stream().map(trial -> trial.candidate().batch()).toList());
    List<ReportRow> rows = new ArrayList<>();
    for (Trial trial : trials) {
      int index = rows.size();
      Map<String, Double> operators = new LinkedHashMap<>();
      trial.operators().forEach(one -> operators.merge(one.name(), one.selfMs(), Double::sum));
      rows.add(
          new ReportRow(
              index + 1,
              labels.of(trial.candidate().threads(), trial.candidate().batch()),
              trial.measurement(),
              trial.candidate().threads(),
              trial.fileBytes(),
              operators,
              trial.outcome(),
              index == 0,
              result.chosen().filter(chosen -> chosen == index).isPresent(),
              trial.isFront()));
    }
    return rows;
  }

  /** In the order of the goals. */
  static List<Champion> champions(OptimizeResult result, List<ReportRow> rows) {
    List<Champion> champions = new ArrayList<>();
    for (Goal goal : Goal.values()) {
      Integer index = result.champions().get(goal);
      if (index != null) {
        ReportRow row = rows.get(index);
        champions.add(new Champion(goal.toString(), row, figure(goal, row)));
      }
    }
    return champions;
  }

  private static String figure(Goal goal, ReportRow row) {
    return switch (goal) {
      case LATENCY -> "p50 " + Figures.ms(row.p50Ms()) + " ms";
      case THROUGHPUT -> Figures.rate(row.measurement().throughputPerS()) + " items/s";
      case MEMORY -> Figures.megabytes(row.measurement().peakRssBytes()) + " MB at its peak";
      case SIZE -> Figures.megabytes(row.fileBytes()) + " MB";
    };
  }

  static List<Measurement> measurements(OptimizeResult result) {
    return result.trials().stream().map(Trial::measurement).toList();
  }

  static List<String> notes(OptimizeResult result) {
    List<String> notes = BenchTable.notes(result.model());
    if (result.data().isEmpty()) {
      notes.add(
          "answers were compared over inputs that are made up: how often a trained model is right"
              + " is known only with samples of one's own (--data).");
    }
    notes.addAll(BenchTable.disturbances(measurements(result), result.environment().processors()));
    return notes;
  }
}
