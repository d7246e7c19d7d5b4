package io.github.narthex.report.html;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A table in a box of its own to scroll in, whose columns the page's script sorts. */
public final class DataTable {
  /**
   * A column.
   *
   * @param unit empty if it has none
   * @param isNumber whether its cells are flush right
   * @param isMinor whether it is left out on paper, which is not wide enough for all
   */
  public record Column(String name, String unit, boolean isNumber, boolean isMinor) {
    /** A column of texts. */
    public static Column of(String name) {
      return new Column(name, "", false, false);
    }

    private String style() {
      return (isNumber ? "number" : "text") + (isMinor ? " minor" : "");
    }
  }

  /**
   * A cell.
   *
   * @param content a {@code span} or the like
   * @param order what it is sorted by; null if it has no place in the order
   */
  public record Cell(Element content, @Nullable Double order) {
    /** A text that is sorted by what it says. */
    public static Cell of(String text) {
      return new Cell(Element.of("span", text), null);
    }

    /** A figure. */
    public static Cell of(String text, @Nullable Double order) {
      return new Cell(Element.of("span", text), order);
    }
  }

  private final String caption;
  private final List<Column> columns;
  private final int rowHeader;
  private final List<Element> rows = new ArrayList<>();

  /**
   * An empty table.
   *
   * @param caption says what it shows
   * @param rowHeader the column that names the row
   */
  public DataTable(String caption, List<Column> columns, int rowHeader) {
    this.caption = caption;
    this.columns = List.copyOf(columns);
    this.rowHeader = rowHeader;
  }

  /** Adds a row with a cell for each column. */
  public void row(Emphasis emphasis, List<Cell> cells) {
    Element row = Element.of("tr").with("class", emphasis.style());
    for (int i = 0; i < cells.size(); i++) {
      Element cell = i == rowHeader ? Element.of("th").with("scope", "row") : Element.of("td");
      cell.with("class", columns.get(i).style());
      if (columns.get(i).isNumber()) {
        Double order = cells.get(i).order();
        cell.with("data-order", order == null ? "" : order.toString());
      }
      row.add(cell.add(cells.get(i).content()));
    }
    rows.add(row);
  }

  /** The table. */
  public Element element() {
    Element header = Element.of("tr");
    for (Column column : columns) {
      Element cell = Element.of("th").with("scope", "col").add(Element.of("span", column.name()));
      if (!column.unit().isEmpty()) {
        cell.text(" ").add(Element.of("small", column.unit()));
      }
      header.add(cell.with("class", column.style()));
    }
    return Element.of("div")
        .with("class", "scroll")
        .with("role", "region")
        .with("aria-label", caption)
        .with("tabindex", "0")
        .add(
            Element.of("table")
                .with("class", "data")
                .add(
                    Element.of("caption", caption),
                    Element.of("thead").add(header),
                    Element.of("tbody").add(rows)));
  }
}
