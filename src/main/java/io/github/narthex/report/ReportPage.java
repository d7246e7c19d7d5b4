package io.github.narthex.report;

import io.github.narthex.report.ReportContent.Champion;
import io.github.narthex.report.ReportContent.Fact;
import io.github.narthex.report.ReportContent.Listing;
import io.github.narthex.report.ReportContent.Tile;
import io.github.narthex.report.html.DataTable;
import io.github.narthex.report.html.Element;
import io.github.narthex.report.html.Page;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** A report as a page of HTML. */
final class ReportPage {
  private static final Set<ReportColumn> ON_SCREEN_ONLY =
      EnumSet.of(ReportColumn.P90, ReportColumn.FIRST, ReportColumn.AGREEMENT, ReportColumn.TOP5);

  private ReportPage() {}

  static String of(ReportContent content) {
    List<Element> sections = new ArrayList<>();
    sections.add(header(content));
    if (!content.champions().isEmpty()) {
      sections.add(champions(content));
    }
    sections.add(rows(content));
    sections.addAll(new ReportCharts(content).sections());
    sections.add(facts(content));
    return Page.of(content.model().name() + " \u00b7 narthex " + content.command(), sections);
  }

  static Element section(String title) {
    return Element.of("section").add(Element.of("h2", title));
  }

  /** The verdict, and all that it rests on in a nutshell. */
  private static Element header(ReportContent content) {
    Element header = Element.of("header");
    header.add(
        Element.of("p", "narthex " + content.command()).with("class", "kicker"),
        Element.of("h1", content.model().name()),
        Element.of("p", content.subtitle()).with("class", "quiet"),
        Prose.in(
            Element.of("p").with("class", content.isUseful() ? "verdict" : "verdict none"),
            content.verdict()));
    if (!content.tiles().isEmpty()) {
      Element tiles = Element.of("dl").with("class", "tiles");
      content.tiles().forEach(tile -> tiles.add(tile(tile)));
      header.add(tiles);
    }
    if (!content.java().isEmpty()) {
      header.add(
          Element.of("pre")
              .with("aria-label", "The Java that uses it")
              .add(Element.of("code", String.join("\n", content.java()))));
    }
    Element lists = Element.of("div").with("class", "lists");
    for (Listing listing : content.lists()) {
      if (!listing.sentences().isEmpty()) {
        Element list = Element.of("ul");
        listing.sentences().forEach(text -> list.add(Prose.in(Element.of("li"), text)));
        lists.add(Element.of("div").add(Element.of("h2", listing.title()), list));
      }
    }
    return header.add(lists);
  }

  private static Element tile(Tile tile) {
    Element figure = Element.of("dd", tile.value()).with("class", "figure");
    if (!tile.unit().isEmpty()) {
      figure.text(" ").add(Element.of("small", tile.unit()));
    }
    Element box = Element.of("div").add(Element.of("dt", tile.name()), figure);
    return tile.beside().isEmpty()
        ? box
        : box.add(Element.of("dd", tile.beside()).with("class", "before"));
  }

  private static Element champions(ReportContent content) {
    DataTable table =
        new DataTable(
            "The best of the rows whose answers hold.",
            List.of(
                DataTable.Column.of("for"),
                DataTable.Column.of("recipe"),
                DataTable.Column.of("figure")),
            1);
    for (Champion champion : content.champions()) {
      table.row(
          champion.row().emphasis(),
          List.of(
              DataTable.Cell.of(champion.goal()),
              new DataTable.Cell(Prose.breakable(Element.of("span"), champion.row().label()), null),
              DataTable.Cell.of(champion.figure())));
    }
    return section("Best for").add(table.element());
  }

  private static Element rows(ReportContent content) {
    List<ReportColumn> columns = new ArrayList<>(ReportColumn.of(content.rows()));
    columns.remove(ReportColumn.REMARK);
    DataTable table =
        new DataTable(
            "Each row is one way to run the model.",
            columns.stream()
                .map(
                    column ->
                        new DataTable.Column(
                            column.title(),
                            column.unit(),
                            column.isNumber(),
                            ON_SCREEN_ONLY.contains(column)))
                .toList(),
            columns.indexOf(ReportColumn.RECIPE));
    for (ReportRow row : content.rows()) {
      table.row(row.emphasis(), columns.stream().map(column -> cell(column, row)).toList());
    }
    return section(content.rowsTitle())
        .add(Element.of("p", explanation(content)).with("class", "quiet"), table.element());
  }

  private static String explanation(ReportContent content) {
    return "Speed-ups are against "
        + content.speedUpOf()
        + ", errors against the answers of eager relative to their largest value, peak is the most"
        + " memory of the process. Percentiles stand where there are enough samples for them.";
  }

  private static DataTable.Cell cell(ReportColumn column, ReportRow row) {
    String text = column.text(row);
    return switch (column) {
      case RECIPE -> new DataTable.Cell(recipe(row), null);
      default -> DataTable.Cell.of(text.isEmpty() ? "\u2013" : text, column.order(row));
    };
  }

  /** With what came of it below, so that it is seen without scrolling. */
  private static Element recipe(ReportRow row) {
    Element recipe = Prose.breakable(Element.of("span"), row.recipe());
    return row.remark().isEmpty()
        ? recipe
        : Element.of("div")
            .add(recipe, Prose.in(Element.of("small").with("class", "remark"), row.remark()));
  }

  private static Element facts(ReportContent content) {
    Element body = Element.of("tbody");
    for (Fact fact : content.facts()) {
      body.add(
          Element.of("tr")
              .add(
                  Element.of("th", fact.name()).with("scope", "row"),
                  Element.of("td", fact.text())));
    }
    Element table =
        Element.of("table")
            .with("class", "facts")
            .add(Element.of("caption", "Figures hold for this machine and this software."), body);
    return section("Environment")
        .add(
            Element.of("div").with("class", "scroll").add(table),
            Element.of("p", "The same again:"),
            Element.of("pre").add(Element.of("code", content.again())));
  }
}
