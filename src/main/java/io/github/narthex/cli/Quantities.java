package io.github.narthex.cli;

import io.github.narthex.internal.text.Quantity;
import java.time.Duration;
import java.util.function.Function;

/** Reads options that are numbers with units. */
final class Quantities {
  private static final String PER_SECOND = "/s";

  private Quantities() {}

  /** A time such as {@code 5m}. */
  static Duration duration(String option, String text) {
    return read(option, text, Quantity::time);
  }

  /** A rate such as {@code 100/s}. */
  static double perSecond(String option, String text) {
    if (!text.endsWith(PER_SECOND)) {
      throw new UsageException(
          "bad value '%s' of %s: expected items a second, such as 100/s".formatted(text, option));
    }
    return read(option, text.substring(0, text.length() - PER_SECOND.length()), Quantity::positive);
  }

  /** An amount of memory such as {@code 1GB}. */
  static long bytes(String option, String text) {
    return read(option, text, Quantity::bytes);
  }

  private static <T> T read(String option, String text, Function<String, T> reader) {
    try {
      return reader.apply(text);
    } catch (IllegalArgumentException e) {
      throw new UsageException("bad value of %s: %s".formatted(option, e.getMessage()), e);
    }
  }
}
