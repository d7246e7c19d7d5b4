package io.github.narthex.compare;

import java.math.BigDecimal;
import java.math.MathContext;
import org.jspecify.annotations.Nullable;

/** Values of metrics with their unit. */
public final class Amounts {
  private static final MathContext DIGITS = new MathContext(4);

  private Amounts() {}

  /** For example {@code 20.13 ms}, {@code 48.2/s}, {@code 416 MB} or {@code 1.2 %}. */
  public static String text(Metric metric, @Nullable Double value) {
    if (value == null) {
      return "-";
    }
    return switch (metric.unit()) {
      case MS -> number(value) + " ms";
      case PER_S -> number(value) + "/s";
      case BYTES -> number(value / 1e6) + " MB";
      case FRACTION -> number(100 * value) + " %";
    };
  }

  private static String number(double value) {
    return value == 0
        ? "0"
        : new BigDecimal(value).round(DIGITS).stripTrailingZeros().toPlainString();
  }
}
