package io.github.narthex.report.html;

import java.util.Locale;

/** What of a table or chart a reader is to see first. */
public enum Emphasis {
  /** One of many. */
  PLAIN,
  /** What others are compared with. */
  BASELINE,
  /** What it all comes to. */
  CHOSEN,
  /** What can not be used. */
  BAD;

  /** The class in the style sheet. */
  String style() {
    return name().toLowerCase(Locale.ROOT);
  }
}
