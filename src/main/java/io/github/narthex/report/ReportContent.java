package io.github.narthex.report;

import io.github.narthex.bench.Environment;
import io.github.narthex.bench.ModelInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a report says, whether it becomes a page or Markdown.
 *
 * @param command the one that made it, such as {@code bench}
 * @param subtitle what was run, in a line
 * @param verdict what to do and how sure that is
 * @param isUseful whether there is something to deploy
 * @param java lines that use it
 * @param tiles the figures that matter most
 * @param champions what is best for what; empty if there is one goal only
 * @param lists sentences, with a title each
 * @param rowsTitle what rows are, such as {@code Recipes}
 * @param rows in the order of the table
 * @param speedUpOf what speed-ups are against
 * @param comparedOver what answers were compared over
 * @param facts of machine, software and run
 * @param again the command that asks for the same
 */
record ReportContent(
    String command,
    ModelInfo model,
    String subtitle,
    String verdict,
    boolean isUseful,
    List<String> java,
    List<Tile> tiles,
    List<Champion> champions,
    List<Listing> lists,
    String rowsTitle,
    List<ReportRow> rows,
    String speedUpOf,
    double maxError,
    @Nullable Double minAgreement,
    String comparedOver,
    List<Fact> facts,
    String again) {
  /**
   * A figure.
   *
   * @param unit empty if it has none
   * @param beside what to compare it with, in words
   */
  record Tile(String name, String value, String unit, String beside) {}

  /**
   * What is best for something.
   *
   * @param goal for what
   * @param figure how good it is
   */
  record Champion(String goal, ReportRow row, String figure) {}

  /** Sentences under a title; left out if there are none. */
  record Listing(String title, List<String> sentences) {}

  /** Something about machine, software or run. */
  record Fact(String name, String text) {}

  /** The row that is deployed, or the first of several. */
  Optional<ReportRow> chosen() {
    return rows.stream().filter(ReportRow::isChosen).findFirst();
  }

  /** The row that others are compared with; with several batches or threads, the chosen one's. */
  Optional<ReportRow> baseline() {
    Optional<ReportRow> own =
        chosen()
            .flatMap(
                row ->
                    rows.stream()
                        .filter(other -> other.isBaseline() && isBeside(row, other))
                        .findFirst());
    return own.or(() -> rows.stream().filter(ReportRow::isBaseline).findFirst());
  }

  private static boolean isBeside(ReportRow row, ReportRow other) {
    return row.threads().equals(other.threads())
        && row.measurement().batch() == other.measurement().batch();
  }

  /** Machine and software. */
  static List<Fact> facts(Environment environment) {
    List<Fact> facts = new ArrayList<>();
    facts.add(new Fact("machine", BenchTable.machine(environment)));
    BenchTable.gpus(environment).ifPresent(gpus -> facts.add(new Fact("GPUs", gpus)));
    facts.add(new Fact("software", BenchTable.software(environment)));
    facts.add(new Fact("time", environment.time()));
    return facts;
  }
}
