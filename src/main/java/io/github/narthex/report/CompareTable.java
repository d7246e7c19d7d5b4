package io.github.narthex.report;

import io.github.narthex.bench.Interval;
import io.github.narthex.compare.Change;
import io.github.narthex.compare.Comparison;
import io.github.narthex.compare.Difference;
import io.github.narthex.compare.Document;
import io.github.narthex.compare.Metric;
import io.github.narthex.compare.Pair;
import io.github.narthex.compare.Row;
import io.github.narthex.compare.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Two results side by side, as text for a terminal. */
public final class CompareTable {
  private static final int WIDTH = BenchTable.WIDTH;

  private static final List<String> HEADER =
      List.of("recipe", "", "before", "after", "ratio [95 %]", "");

  private static final List<Integer> LEFT = List.of(1, 4, 5);

  private CompareTable() {}

  /**
   * The whole text, with a line end.
   *
   * @param outcomes of the rules that were given
   */
  public static String of(Comparison comparison, List<Rule.Outcome> outcomes) {
    List<String> lines = new ArrayList<>();
    lines.add(origin("before  ", comparison.before()));
    lines.add(origin("after   ", comparison.after()));
    lines.add("");
    if (!comparison.warnings().isEmpty()) {
      comparison.warnings().forEach(text -> lines.add(Wrap.labelled("warning: ", text, WIDTH)));
      lines.add("");
    }
    lines.addAll(table(comparison));
    lines.add("");
    List<String> more = new ArrayList<>();
    only(more, comparison.onlyBefore(), comparison.before());
    only(more, comparison.onlyAfter(), comparison.after());
    more.addAll(notes(comparison));
    if (!more.isEmpty()) {
      more.forEach(text -> lines.add(Wrap.labelled("note: ", text, WIDTH)));
      lines.add("");
    }
    lines.add(Wrap.labelled("", comparison.summary(), WIDTH));
    ruleLines(outcomes).forEach(text -> lines.add(Wrap.labelled("", text, WIDTH)));
    return String.join("\n", lines) + "\n";
  }

  private static String origin(String label, Document document) {
    String stability = document.stability();
    return Wrap.labelled(
        label,
        "%s, %s%s"
            .formatted(
                document.file(),
                document.time().isEmpty() ? "time unknown" : document.time(),
                stability.isEmpty() ? "" : ", " + stability.replaceFirst(":.*", "")),
        WIDTH);
  }

  private static List<String> table(Comparison comparison) {
    TextTable table = new TextTable(WIDTH, HEADER, LEFT);
    for (Pair pair : comparison.pairs()) {
      String name = pair.label();
      if (!pair.before().isMeasured() || !pair.after().isMeasured()) {
        table.note(
            name, "%s before; %s after".formatted(pair.before().outcome(), pair.after().outcome()));
        continue;
      }
      for (Metric metric : Metric.values()) {
        Difference difference = pair.difference(metric);
        if (difference.before() != null || difference.after() != null) {
          table.row(
              List.of(
                  name,
                  name(metric),
                  value(metric, difference.before()),
                  value(metric, difference.after()),
                  ratio(difference),
                  word(difference.change())));
          name = "";
        }
      }
      if (!pair.before().status().equals(pair.after().status())) {
        table.note(
            "", "%s before; %s after".formatted(pair.before().outcome(), pair.after().outcome()));
      }
    }
    return table.lines();
  }

  /** A metric as a row's name, with its unit. */
  static String name(Metric metric) {
    return switch (metric) {
      case P50, P90, P95, P99 -> metric + ", ms";
      case THROUGHPUT -> "items/s";
      case FIRST -> "first, ms";
      case LOAD -> "load, ms";
      case PEAK -> "peak, MB";
      case MAX_REL -> "error";
    };
  }

  /** A value without its unit. */
  static String value(Metric metric, @Nullable Double value) {
    if (value == null) {
      return Figures.NONE;
    }
    return switch (metric.unit()) {
      case MS -> Figures.ms(value);
      case PER_S -> Figures.rate(value);
      case BYTES -> Figures.megabytes(value.longValue());
      case FRACTION -> Figures.percent(value);
    };
  }

  /** For example {@code 1.04x [1.02, 1.07]}. */
  static String ratio(Difference difference) {
    Double ratio = difference.ratio();
    if (ratio == null || !Double.isFinite(ratio)) {
      return Figures.NONE;
    }
    Interval interval = difference.interval();
    return interval == null
        ? String.format(Locale.ROOT, "%.2fx", ratio)
        : String.format(Locale.ROOT, "%.2fx [%.2f, %.2f]", ratio, interval.low(), interval.high());
  }

  private static String word(@Nullable Change change) {
    return change == null ? "" : change.toString();
  }

  private static void only(List<String> notes, List<Row> rows, Document document) {
    if (!rows.isEmpty()) {
      notes.add(
          "only in %s: %s"
              .formatted(
                  document.file(),
                  String.join("; ", rows.stream().map(row -> row.key().full()).toList())));
    }
  }

  private static List<String> notes(Comparison comparison) {
    List<String> notes = new ArrayList<>();
    List<Pair> measured =
        comparison.pairs().stream()
            .filter(pair -> pair.before().isMeasured() && pair.after().isMeasured())
            .toList();
    if (measured.stream().anyMatch(pair -> lacksInterval(pair, Metric.P50))) {
      notes.add(
          "where there is no interval, nothing is known of the noise: it takes "
              + "turns in both files, four of them at least.");
    } else if (measured.stream()
        .anyMatch(pair -> lacksInterval(pair, Metric.P90) || lacksInterval(pair, Metric.P99))) {
      notes.add("percentiles above p50 have an interval where bench ran with --samples.");
    }
    return notes;
  }

  private static boolean lacksInterval(Pair pair, Metric metric) {
    Difference difference = pair.difference(metric);
    return difference.ratio() != null && difference.interval() == null;
  }

  /** What came of the rules. */
  static List<String> ruleLines(List<Rule.Outcome> outcomes) {
    List<String> lines = new ArrayList<>();
    for (Rule.Outcome outcome : outcomes) {
      String rule = outcome.rule().text();
      outcome.broken().forEach(row -> lines.add("BROKEN  " + rule + ": " + row));
      outcome.withinNoise().forEach(row -> lines.add("noise   " + rule + ": " + row));
      outcome.unchecked().forEach(row -> lines.add("unknown " + rule + ": " + row));
      if (outcome.broken().isEmpty() && outcome.unchecked().isEmpty()) {
        lines.add("holds   " + rule);
      }
    }
    return lines;
  }
}
