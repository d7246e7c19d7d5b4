package io.github.narthex.cli;

import io.github.narthex.soak.GrowthLimits;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Reads what {@code narthex soak} is asked for. */
final class SoakOptions {
  private static final double DEFAULT_MINUTES = 10;
  private static final double LEAST_MINUTES = 0.2;
  private static final double MOST_MINUTES = 60 * 24 * 30;
  private static final double NANOS_PER_MINUTE = 60e9;
  private static final String PER_HOUR = "/h";

  private SoakOptions() {}

  static Duration duration(Arguments arguments) {
    String text = arguments.value("--minutes");
    double minutes = text == null ? DEFAULT_MINUTES : number(text);
    if (!(minutes >= LEAST_MINUTES && minutes <= MOST_MINUTES)) {
      throw new UsageException(
          "bad value '%s' of --minutes: expected a number from 0.2 to %.0f"
              .formatted(text, MOST_MINUTES));
    }
    return Duration.ofNanos(Math.round(minutes * NANOS_PER_MINUTE));
  }

  static GrowthLimits limits(Arguments arguments) {
    GrowthLimits standard = GrowthLimits.STANDARD;
    String memory = perHour(arguments, "--max-memory-growth", "50MB/h");
    String handles = perHour(arguments, "--max-handle-growth", "10/h");
    String latency = perHour(arguments, "--max-latency-growth", "20%/h");
    return new GrowthLimits(
        memory == null ? standard.bytesPerHour() : Quantities.bytes("--max-memory-growth", memory),
        handles == null
            ? standard.handlesPerHour()
            : Arguments.number("--max-handle-growth", handles, 0, Integer.MAX_VALUE),
        latency == null
            ? standard.latencyPerHour()
            : Values.fraction("--max-latency-growth", latency));
  }

  /** What stands before the unit; null if the option was not given. */
  private static @Nullable String perHour(Arguments arguments, String option, String example) {
    String text = arguments.value(option);
    if (text != null && !text.endsWith(PER_HOUR)) {
      throw new UsageException(
          "bad value '%s' of %s: expected growth in an hour, such as %s"
              .formatted(text, option, example));
    }
    return text == null ? null : text.substring(0, text.length() - PER_HOUR.length());
  }

  private static double number(String text) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      return Double.NaN;
    }
  }
}
