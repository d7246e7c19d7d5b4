package io.github.narthex.report;

import java.util.ArrayList;
import java.util.List;

/** Breaks text into lines. */
final class Wrap {
  private Wrap() {}

  /**
   * The text in lines that are no longer than {@code width}, broken at blanks. A word that is
   * longer stands alone.
   */
  static List<String> lines(String text, int width) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : text.split(" ", -1)) {
      if (!line.isEmpty() && line.length() + 1 + word.length() > width) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(line.isEmpty() ? "" : " ").append(word);
    }
    lines.add(line.toString());
    return lines;
  }

  /** Adds notes to lines, after an empty one; nothing if there are none. */
  static void addNotes(List<String> lines, List<String> notes, int width) {
    if (!notes.isEmpty()) {
      lines.add("");
      notes.forEach(note -> lines.add(labelled("note: ", note, width)));
    }
  }

  /** As {@link #lines}, joined, with all lines but the first indented to where its text begins. */
  static String labelled(String label, String text, int width) {
    String indent = " ".repeat(label.length());
    return label + String.join("\n" + indent, lines(text, width - label.length()));
  }
}
