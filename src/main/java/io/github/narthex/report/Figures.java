package io.github.narthex.report;

import io.github.narthex.bench.Interval;
import io.github.narthex.bench.SpeedUp;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Numbers as people read them. */
final class Figures {
  static final String NONE = "-";

  private Figures() {}

  /** Milliseconds: four digits or so, never finer than a microsecond. */
  static String ms(@Nullable Double value) {
    if (value == null || !Double.isFinite(value)) {
      return NONE;
    }
    return decimals(value, value < 10 ? 3 : value < 100 ? 2 : 1);
  }

  /** A rate with about four digits. */
  static String rate(@Nullable Double value) {
    if (value == null || !Double.isFinite(value)) {
      return NONE;
    }
    return decimals(value, value < 10 ? 2 : value < 1000 ? 1 : 0);
  }

  /** A ratio with its interval, for example {@code 1.70x [1.66, 1.73]}. */
  static String speedUp(@Nullable SpeedUp speedUp) {
    if (speedUp == null) {
      return NONE;
    }
    Interval interval = speedUp.interval();
    String ratio = decimals(speedUp.ratio(), 2) + "x";
    return interval == null
        ? ratio
        : "%s [%s, %s]".formatted(ratio, decimals(interval.low(), 2), decimals(interval.high(), 2));
  }

  /** A fraction in per cent with two digits that matter; 0 is exact. */
  static String percent(double fraction) {
    if (!Double.isFinite(fraction)) {
      return "not finite";
    }
    if (fraction == 0) {
      return "0";
    }
    double percent = 100 * fraction;
    return percent < 1e-4
        ? "<0.0001 %"
        : new BigDecimal(percent).round(new MathContext(2)).toPlainString() + " %";
  }

  /** A share in per cent with one decimal, without its unit. */
  static String share(double fraction) {
    return Double.isFinite(fraction) ? decimals(100 * fraction, 1) : NONE;
  }

  /** Megabytes of a million bytes. */
  static String megabytes(@Nullable Long bytes) {
    return bytes == null ? NONE : Long.toString(Math.round(bytes / 1e6));
  }

  /** Bytes in a unit that fits. */
  static String bytes(long bytes) {
    if (bytes < 1_000_000) {
      return decimals(bytes / 1e3, 1) + " kB";
    }
    return bytes < 1_000_000_000
        ? decimals(bytes / 1e6, 1) + " MB"
        : decimals(bytes / 1e9, 1) + " GB";
  }

  /** A whole number with commas. */
  static String count(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  private static String decimals(double value, int digits) {
    return String.format(Locale.ROOT, "%." + digits + "f", value);
  }
}
