package io.github.narthex.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A table of text: the first column is flush left, the others flush right unless they are told
 * otherwise, and each is as wide as it needs to be.
 */
final class TextTable {
  private static final String GAP = "  ";

  private sealed interface Row permits Cells, Note {
    String name();
  }

  private record Cells(String name, List<String> values) implements Row {}

  private record Note(String name, String text) implements Row {}

  private final List<String> header;
  private final List<Integer> leftColumns;
  private final int maxWidth;
  private final List<Row> rows = new ArrayList<>();

  /**
   * An empty table.
   *
   * @param maxWidth of a line; only a column of numbers that is too wide goes beyond
   * @param leftColumns the columns that are flush left, besides the first
   */
  TextTable(int maxWidth, List<String> header, List<Integer> leftColumns) {
    this.maxWidth = maxWidth;
    this.header = header;
    this.leftColumns = leftColumns;
  }

  /** Adds a row with a cell for each column. */
  void row(List<String> cells) {
    rows.add(new Cells(cells.getFirst(), cells.subList(1, cells.size())));
  }

  /** Adds a row with a text in place of all cells but the first. */
  void note(String name, String text) {
    rows.add(new Note(name, text));
  }

  /** The lines, without their ends. */
  List<String> lines() {
    int[] widths = new int[header.size()];
    for (int i = 1; i < widths.length; i++) {
      widths[i] = header.get(i).length();
      for (Row row : rows) {
        if (row instanceof Cells cells) {
          widths[i] = Math.max(widths[i], cells.values().get(i - 1).length());
        }
      }
    }
    int others = Arrays.stream(widths, 1, widths.length).map(width -> width + GAP.length()).sum();
    int longest = header.getFirst().length();
    for (Row row : rows) {
      longest = Math.max(longest, row.name().length());
    }
    widths[0] = Math.min(longest, Math.max(header.getFirst().length(), maxWidth - others));
    List<String> lines = new ArrayList<>();
    lines.add(line(header.getFirst(), header.subList(1, header.size()), widths));
    for (Row row : rows) {
      String name = row.name();
      if (name.length() > widths[0]) {
        lines.add(name);
        name = "";
      }
      switch (row) {
        case Cells cells -> lines.add(line(name, cells.values(), widths));
        case Note note -> {
          int indent = widths[0] + GAP.length();
          for (String part : Wrap.lines(note.text(), maxWidth - indent)) {
            lines.add((pad(name, widths[0], true) + GAP + part).stripTrailing());
            name = "";
          }
        }
      }
    }
    return lines;
  }

  private String line(String name, List<String> values, int[] widths) {
    StringBuilder line = new StringBuilder(pad(name, widths[0], true));
    for (int i = 0; i < values.size(); i++) {
      line.append(GAP).append(pad(values.get(i), widths[i + 1], leftColumns.contains(i + 1)));
    }
    return line.toString().stripTrailing();
  }

  private static String pad(String text, int width, boolean left) {
    String blanks = " ".repeat(Math.max(0, width - text.length()));
    return left ? text + blanks : blanks + text;
  }
}
