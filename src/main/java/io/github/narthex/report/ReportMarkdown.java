package io.github.narthex.report;

import io.github.narthex.report.ReportContent.Champion;
import io.github.narthex.report.ReportContent.Listing;
import io.github.narthex.report.ReportContent.Tile;
import java.util.ArrayList;
import java.util.List;

/** A report as Markdown, for a comment on GitHub. */
final class ReportMarkdown {
  private ReportMarkdown() {}

  static String of(ReportContent content) {
    List<String> lines = new ArrayList<>();
    lines.add("## narthex " + content.command() + ": " + Markdown.code(content.model().name()));
    lines.add("");
    lines.add(Markdown.text(content.subtitle()));
    lines.add("");
    lines.add("> " + Markdown.sentence(content.verdict()));
    if (!content.tiles().isEmpty()) {
      lines.add("");
      lines.add("| figure | chosen | beside |");
      lines.add("|---|--:|---|");
      for (Tile tile : content.tiles()) {
        String value = tile.unit().isEmpty() ? tile.value() : tile.value() + " " + tile.unit();
        lines.add(
            Markdown.row(List.of(tile.name(), Markdown.text(value), Markdown.text(tile.beside()))));
      }
    }
    if (!content.java().isEmpty()) {
      lines.add("");
      lines.addAll(Markdown.block("java", content.java()));
    }
    for (Listing listing : content.lists()) {
      if (!listing.sentences().isEmpty()) {
        lines.add("");
        lines.add("### " + listing.title());
        listing.sentences().forEach(text -> lines.add("- " + Markdown.sentence(text)));
      }
    }
    if (!content.champions().isEmpty()) {
      lines.add("");
      lines.add("### Best for");
      lines.add("| for | recipe | figure |");
      lines.add("|---|---|---|");
      for (Champion champion : content.champions()) {
        lines.add(
            Markdown.row(
                List.of(
                    champion.goal(),
                    Markdown.code(champion.row().label()),
                    Markdown.text(champion.figure()))));
      }
    }
    lines.add("");
    lines.add("### " + content.rowsTitle());
    lines.addAll(table(content.rows()));
    lines.add("");
    lines.addAll(environment(content));
    return String.join("\n", lines) + "\n";
  }

  private static List<String> table(List<ReportRow> rows) {
    List<ReportColumn> columns = ReportColumn.of(rows);
    List<String> lines = new ArrayList<>();
    lines.add(Markdown.row(columns.stream().map(ReportMarkdown::title).toList()));
    lines.add(
        Markdown.row(columns.stream().map(column -> column.isNumber() ? "--:" : "---").toList()));
    for (ReportRow row : rows) {
      lines.add(Markdown.row(columns.stream().map(column -> cell(column, row)).toList()));
    }
    return lines;
  }

  private static String title(ReportColumn column) {
    return Markdown.text((column.title() + " " + column.unit()).strip());
  }

  private static String cell(ReportColumn column, ReportRow row) {
    String text = column.text(row);
    return switch (column) {
      case RECIPE -> row.isChosen() ? "**" + Markdown.code(text) + "**" : Markdown.code(text);
      case REMARK -> Markdown.sentence(text);
      default -> Markdown.text(text);
    };
  }

  /** Folded up, since it is long and seldom looked at. */
  private static List<String> environment(ReportContent content) {
    List<String> lines = new ArrayList<>();
    lines.add("<details><summary>Environment, and the same again</summary>");
    lines.add("");
    lines.add("| | |");
    lines.add("|---|---|");
    content
        .facts()
        .forEach(fact -> lines.add(Markdown.row(List.of(fact.name(), Markdown.text(fact.text())))));
    lines.add("");
    lines.addAll(Markdown.block("sh", List.of(content.again())));
    lines.add("");
    lines.add("</details>");
    return lines;
  }
}
