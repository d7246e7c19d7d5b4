package io.github.narthex.strategy;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What can be set about a strategy: {@code amount} in {@code prune:amount=0.3}.
 *
 * @param name its key
 * @param kind which values it takes
 * @param standard the value it has where none is given; empty for a list of none, or a number that
 *     is not set
 * @param summary what it means, in one line
 */
public record Parameter(String name, Kind kind, String standard, String summary) {

  /** Which values a parameter takes. */
  public sealed interface Kind {
    /** One of these words. */
    record Choice(List<String> words) implements Kind {
      /** A choice; the list is copied. */
      public Choice {
        words = List.copyOf(words);
      }
    }

    /** A number above 0 and below 1. */
    record Fraction() implements Kind {}

    /** A whole number. */
    record Count(long min, long max) implements Kind {}

    /** Names of layers, separated by slashes; {@code layer4.*} stands for all that begin so. */
    record Layers() implements Kind {}
  }

  static Parameter maxError() {
    return fraction(
        "max-error",
        "layers stay in float32, the worst first, until no answer is further off than this"
            + " fraction of the largest");
  }

  static Parameter keep() {
    return layers("keep", "layers that stay in float32");
  }

  static Parameter scope(String what) {
    return choice(
        "scope",
        "whether the amount is of each layer's " + what + ", or of all",
        "layer",
        "global");
  }

  static Parameter choice(String name, String summary, String standard, String... others) {
    List<String> words = new ArrayList<>(List.of(others));
    words.addFirst(standard);
    return new Parameter(name, new Kind.Choice(words), standard, summary);
  }

  static Parameter fraction(String name, String summary, double standard) {
    return new Parameter(name, new Kind.Fraction(), Double.toString(standard), summary);
  }

  /** One that is not set where none is given. */
  static Parameter fraction(String name, String summary) {
    return new Parameter(name, new Kind.Fraction(), "", summary);
  }

  static Parameter flag(String name, String summary) {
    return choice(name, summary, "false", "true");
  }

  /** One that is not set where none is given. */
  static Parameter count(String name, String summary, long min, long max) {
    return new Parameter(name, new Kind.Count(min, max), "", summary);
  }

  static Parameter count(String name, String summary, long standard, long min, long max) {
    return new Parameter(name, new Kind.Count(min, max), Long.toString(standard), summary);
  }

  static Parameter layers(String name, String summary) {
    return new Parameter(name, new Kind.Layers(), "", summary);
  }

  /** Which values it takes, for people. */
  public String values() {
    return switch (kind) {
      case Kind.Choice(List<String> words) -> String.join(", ", words);
      case Kind.Fraction() -> "a number above 0 and below 1";
      case Kind.Count(long min, long max) -> "a whole number from %d to %d".formatted(min, max);
      case Kind.Layers() -> "names of layers, separated by slashes, such as layer4.*/fc";
    };
  }

  /**
   * The value as recipes print it.
   *
   * @throws IllegalArgumentException if it is none that the parameter takes
   */
  String canonical(String value) {
    boolean isGood =
        switch (kind) {
          case Kind.Choice(List<String> words) -> words.contains(value);
          case Kind.Fraction() -> number(value) > 0 && number(value) < 1;
          case Kind.Count(long min, long max) ->
              number(value) >= min && number(value) <= max && number(value) % 1 == 0;
          case Kind.Layers() -> !value.isEmpty() && !List.of(value.split("/", -1)).contains("");
        };
    if (!isGood) {
      throw new IllegalArgumentException(
          "'%s=%s': expected %s"
              .formatted(name, value, values().replaceFirst(", (\\S+)$", " or $1")));
    }
    return switch (kind) {
      case Kind.Fraction() -> Double.toString(number(value));
      case Kind.Count _ -> String.format(Locale.ROOT, "%.0f", number(value));
      default -> value;
    };
  }

  /** NaN if the text is no number. */
  private static double number(String text) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      return Double.NaN;
    }
  }
}
