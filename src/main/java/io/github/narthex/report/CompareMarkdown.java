package io.github.narthex.report;

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

/**
 * Two results side by side, as Markdown for a comment on a pull request. What comes from the files
 * may have been written by whoever wants the request merged, so it is text and nothing else here.
 */
public final class CompareMarkdown {
  private static final List<Metric> COLUMNS =
      List.of(Metric.P50, Metric.P99, Metric.THROUGHPUT, Metric.PEAK);

  private CompareMarkdown() {}

  /** The text, with a line end. */
  public static String of(Comparison comparison, List<Rule.Outcome> outcomes) {
    List<String> lines = new ArrayList<>();
    lines.add("### " + title(outcomes));
    lines.add("");
    lines.add(text(comparison.summary()));
    lines.add("");
    List<String> items = new ArrayList<>();
    for (String line : CompareTable.ruleLines(outcomes)) {
      items.add(line.startsWith("BROKEN") ? "**BROKEN**" + text(line.substring(6)) : text(line));
    }
    comparison.warnings().forEach(warning -> items.add("warning: " + text(warning)));
    only(items, comparison.onlyBefore(), comparison.before());
    only(items, comparison.onlyAfter(), comparison.after());
    items.forEach(item -> lines.add("- " + item));
    if (!items.isEmpty()) {
      lines.add("");
    }
    lines.addAll(table(comparison));
    lines.add("");
    lines.add(
        "Before: %s, %s. After: %s, %s. Ratios are after over before, with their 95 %% interval."
            .formatted(
                code(comparison.before().file()),
                text(comparison.before().time()),
                code(comparison.after().file()),
                text(comparison.after().time())));
    return String.join("\n", lines) + "\n";
  }

  private static String title(List<Rule.Outcome> outcomes) {
    long broken = outcomes.stream().filter(outcome -> !outcome.broken().isEmpty()).count();
    return broken == 0
        ? "Benchmark"
        : "Benchmark: " + (broken == 1 ? "1 rule is broken" : broken + " rules are broken");
  }

  private static List<String> table(Comparison comparison) {
    List<String> lines = new ArrayList<>();
    StringBuilder header = new StringBuilder("| recipe |");
    StringBuilder rule = new StringBuilder("|---|");
    for (Metric metric : COLUMNS) {
      header.append(' ').append(CompareTable.name(metric)).append(" |");
      rule.append("---|");
    }
    lines.add(header.append(" p50 is |").toString());
    lines.add(rule.append("---|").toString());
    for (Pair pair : comparison.pairs()) {
      StringBuilder line = new StringBuilder("| " + code(pair.label()) + " |");
      for (Metric metric : COLUMNS) {
        line.append(' ').append(cell(metric, pair.difference(metric))).append(" |");
      }
      lines.add(line.append(' ').append(verdict(pair)).append(" |").toString());
    }
    return lines;
  }

  private static String cell(Metric metric, Difference difference) {
    if (difference.before() == null && difference.after() == null) {
      return "";
    }
    return "%s → %s, %s"
        .formatted(
            CompareTable.value(metric, difference.before()),
            CompareTable.value(metric, difference.after()),
            CompareTable.ratio(difference));
  }

  private static String verdict(Pair pair) {
    if (!pair.before().status().equals(pair.after().status())) {
      return text(pair.before().status() + " → " + pair.after().outcome());
    }
    Change change = pair.difference(Metric.P50).change();
    if (change == null) {
      return pair.after().isOk() ? "" : text(pair.after().outcome());
    }
    return change == Change.SLOWER ? "**slower**" : change.toString();
  }

  private static void only(List<String> items, List<Row> rows, Document document) {
    if (!rows.isEmpty()) {
      items.add(
          "only in %s: %s"
              .formatted(
                  code(document.file()),
                  String.join(", ", rows.stream().map(row -> code(row.key().full())).toList())));
    }
  }

  private static String code(String text) {
    return "`" + text.replaceAll("[`|]", "'") + "`";
  }

  /** Escapes what Markdown or HTML would take for its own, and names of people to notify. */
  private static String text(String text) {
    return text.replaceAll("([\\\\`*_\\[\\]|#!])", "\\\\$1")
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace("@", "&#64;");
  }
}
