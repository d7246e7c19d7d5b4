package io.github.narthex.report;

import java.util.List;
import java.util.stream.Collectors;

/** Pieces of Markdown as GitHub reads it. What comes from outside stays text. */
final class Markdown {
  private static final String SPECIAL = "([\\\\`*_{}\\[\\]<>#|~$!])";

  private Markdown() {}

  /** A text in one line. A name after an at sign is nobody who is called. */
  static String text(String text) {
    return escaped(line(text));
  }

  private static String escaped(String line) {
    return line.replace("&", "&amp;")
        .replaceAll(SPECIAL, "\\\\$1")
        .replaceAll("@(?=\\w)", "@\u200b");
  }

  /** A text in the font of code, in one line. */
  static String code(String text) {
    String inside = line(text).replace("|", "\u2502");
    String fence = "`";
    while (inside.contains(fence)) {
      fence += "`";
    }
    boolean isNear = inside.startsWith("`") || inside.endsWith("`");
    return isNear ? fence + " " + inside + " " + fence : fence + inside + fence;
  }

  /** A sentence in which names stand between backquotes. */
  static String sentence(String sentence) {
    return Prose.parts(line(sentence)).stream()
        .map(part -> part.isCode() ? code(part.text()) : escaped(part.text()))
        .collect(Collectors.joining());
  }

  /** Lines as they are. */
  static List<String> block(String language, List<String> lines) {
    String fence = "```";
    while (String.join("\n", lines).contains(fence)) {
      fence += "`";
    }
    return List.of(fence + language, String.join("\n", lines), fence);
  }

  /** A row of a table. */
  static String row(List<String> cells) {
    return "| " + String.join(" | ", cells) + " |";
  }

  private static String line(String text) {
    return text.replaceAll("[\\p{Cc}\\u202a-\\u202e\\u2066-\\u2069]+", " ").strip();
  }
}
