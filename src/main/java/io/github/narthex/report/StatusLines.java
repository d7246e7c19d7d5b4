package io.github.narthex.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** What was looked at, one by one, in sections: as text with what to do below, and as JSON. */
final class StatusLines {
  private static final int WIDTH = 100;
  private static final int LONGEST_NAME = 20;
  private static final String GAP = "  ";
  private static final String ADVICE = "-> ";

  private final List<StatusLine> all;
  private final int statusWidth;
  private final int nameWidth;

  /**
   * Lines, those of a section together.
   *
   * @param statusWidth of the longest status that there is
   */
  StatusLines(List<StatusLine> all, int statusWidth) {
    this.all = List.copyOf(all);
    this.statusWidth = statusWidth;
    this.nameWidth =
        all.stream().mapToInt(line -> Math.min(LONGEST_NAME, line.name().length())).max().orElse(0);
  }

  /** The text, with a blank line, the summary and a line end behind it. */
  String text(String summary) {
    List<String> lines = new ArrayList<>();
    String section = "";
    for (StatusLine line : all) {
      if (!line.section().equals(section)) {
        section = line.section();
        lines.add(section);
      }
      add(lines, line);
    }
    lines.add("");
    lines.add(summary);
    return String.join("\n", lines) + "\n";
  }

  private void add(List<String> lines, StatusLine line) {
    String head = GAP + pad(line.status(), statusWidth) + GAP + pad(line.name(), nameWidth) + GAP;
    int indent = GAP.length() + statusWidth + GAP.length() + nameWidth + GAP.length();
    String start = head;
    if (head.length() > indent) { // a long name has a line of its own
      lines.add(head.stripTrailing());
      start = " ".repeat(indent);
    }
    for (String part : line.found().split("\n", -1)) {
      lines.addAll(Wrap.labelled(start, part, WIDTH).lines().map(String::stripTrailing).toList());
      start = " ".repeat(indent);
    }
    if (!line.advice().isEmpty()) {
      lines.addAll(
          Wrap.labelled(" ".repeat(indent) + ADVICE, line.advice(), WIDTH).lines().toList());
    }
  }

  private static String pad(String text, int width) {
    return text + " ".repeat(Math.max(0, width - text.length()));
  }

  /** An object for each line. */
  JsonArray json() {
    JsonArray checks = new JsonArray();
    for (StatusLine line : all) {
      JsonObject object = new JsonObject();
      object.addProperty("section", line.section());
      object.addProperty("name", line.name());
      object.addProperty("status", line.status());
      object.addProperty("found", line.found());
      object.add("advice", Json.text(line.advice().isEmpty() ? null : line.advice()));
      checks.add(object);
    }
    return checks;
  }
}
