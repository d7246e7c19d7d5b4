package io.github.narthex.report;

import io.github.narthex.bench.Interval;
import io.github.narthex.soak.Growth;
import io.github.narthex.soak.Metric;
import io.github.narthex.soak.Slope;
import java.util.Locale;

/**
 * Figures of a soak in units for people: megabytes, objects, milliseconds, and per cent an hour.
 */
final class SoakFigures {
  private static final double BYTES_PER_MB = 1e6;

  private SoakFigures() {}

  static String name(Metric metric) {
    return switch (metric) {
      case RSS -> "RSS";
      case HEAP -> "Java heap after GC";
      case NATIVE_HEAP -> "native heap in use";
      case HANDLES -> "live handles";
      case P50 -> "p50 latency";
      case P99 -> "p99 latency";
    };
  }

  /** A value with its unit, such as {@code 412.3 MB}. */
  static String value(Metric metric, double value) {
    if (!Double.isFinite(value)) {
      return Figures.NONE;
    }
    return switch (metric) {
      case RSS, HEAP, NATIVE_HEAP -> decimals(value / BYTES_PER_MB, 1) + " MB";
      case HANDLES -> decimals(value, 0);
      case P50, P99 -> Figures.ms(value) + " ms";
    };
  }

  static String slope(Growth growth) {
    Slope slope = growth.slope();
    return slope == null ? Figures.NONE : signed(perHour(growth, slope.perHour()));
  }

  static String interval(Growth growth) {
    Slope slope = growth.slope();
    if (slope == null) {
      return Figures.NONE;
    }
    Interval interval = slope.interval();
    return "[%s, %s]"
        .formatted(
            signed(perHour(growth, interval.low())), signed(perHour(growth, interval.high())));
  }

  static String limit(Growth growth) {
    double limit = perHour(growth, growth.limitPerHour());
    return growth.metric().isJudged() && Double.isFinite(limit)
        ? decimals(limit, 0) + " " + unit(growth.metric())
        : Figures.NONE;
  }

  /** Megabytes, objects, or per cent. */
  static double perHour(Growth growth, double perHour) {
    return switch (growth.metric()) {
      case RSS, HEAP, NATIVE_HEAP -> perHour / BYTES_PER_MB;
      case HANDLES -> perHour;
      case P50, P99 -> 100 * perHour / growth.level();
    };
  }

  static String unit(Metric metric) {
    return switch (metric) {
      case RSS, HEAP, NATIVE_HEAP -> "MB/h";
      case HANDLES -> "/h";
      case P50, P99 -> "%/h";
    };
  }

  private static String signed(double value) {
    String digits = decimals(Math.abs(value), Math.abs(value) < 100 ? 1 : 0);
    boolean isZero = digits.chars().allMatch(c -> c == '0' || c == '.');
    return isZero ? "0" : (value < 0 ? "-" : "+") + digits;
  }

  private static String decimals(double value, int digits) {
    return String.format(Locale.ROOT, "%." + digits + "f", value);
  }
}
