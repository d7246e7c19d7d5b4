package io.github.narthex.report.html;

/**
 * How wide a text is, before a browser has set it. A reader's font is not known: these are the
 * widths of DejaVu Sans, which is wider than the other fonts that systems have for their own texts.
 */
final class TextWidth {
  /** Of the characters from the blank to the tilde, in hundredths of the font's size. */
  private static final int[] HUNDREDTHS = {
    32, 40, 46, 84, 64, 95, 78, 27, 39, 39, 50, 84, 32, 36, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 34, 34, 84, 84, 84, 53, 100, 68, 69, 70, 77, 63, 58, 77, 75, 29, 29, 66, 56, 86, 75, 79,
    60, 79, 69, 63, 61, 73, 68, 99, 69, 61, 69, 39, 34, 39, 84, 50, 50, 61, 63, 55, 63, 62, 35, 63,
    63, 28, 28, 58, 28, 97, 63, 61, 63, 63, 41, 52, 39, 63, 59, 82, 59, 59, 52, 64, 34, 64, 84
  };

  private static final int OTHERS = 100;
  private static final double BOLD = 1.12;
  private static final String ELLIPSIS = "\u2026";

  private TextWidth() {}

  /** In the units of {@code size}. */
  static double of(String text, double size) {
    int sum = 0;
    for (int i = 0; i < text.length(); i++) {
      int index = text.charAt(i) - ' ';
      sum += index >= 0 && index < HUNDREDTHS.length ? HUNDREDTHS[index] : OTHERS;
    }
    return sum * size / 100;
  }

  /** As {@link #of}, of bold text. */
  static double bold(String text, double size) {
    return BOLD * of(text, size);
  }

  /** The text, or as much of its two ends as is not wider than {@code width} in bold. */
  static String fit(String text, double width, double size) {
    if (bold(text, size) <= width) {
      return text;
    }
    int kept = text.length() - 1;
    while (kept > 2) {
      int head = kept * 2 / 3;
      String cut = text.substring(0, head) + ELLIPSIS + text.substring(text.length() - kept + head);
      if (bold(cut, size) <= width) {
        return cut;
      }
      kept--;
    }
    return ELLIPSIS;
  }
}
