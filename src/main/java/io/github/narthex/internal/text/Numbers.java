package io.github.narthex.internal.text;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;

/** Numbers as sentences have them. */
public final class Numbers {
  private static final MathContext THREE = new MathContext(3);

  private Numbers() {}

  /** Three digits, or the whole of a number above 1,000. */
  public static String text(double number) {
    if (!Double.isFinite(number)) {
      return Double.toString(number);
    }
    if (Math.abs(number) >= 1_000) {
      return String.format(Locale.ROOT, "%,.0f", number);
    }
    return new BigDecimal(number).round(THREE).stripTrailingZeros().toPlainString();
  }

  /** Such as {@code 0.83 %}. */
  public static String percent(double fraction) {
    return Double.isFinite(fraction) ? text(100 * fraction) + " %" : "infinitely much";
  }

  /** Such as {@code 2.31 times}. */
  public static String times(double ratio) {
    return String.format(Locale.ROOT, ratio < 10 ? "%.2f times" : "%.1f times", ratio);
  }
}
