package io.github.narthex.cli;

import io.github.narthex.compare.Metric;
import io.github.narthex.compare.Rule;
import io.github.narthex.internal.text.Suggestion;
import io.github.narthex.strategy.Recipe;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A value of {@code --fail-if}. */
final class RuleArgument {
  /** The recipe may have colons of its own. */
  private static final Pattern RULE =
      Pattern.compile(
          "(?:(?<recipe>.+):)?(?<metric>[A-Za-z0-9_-]+)(?<side>[<>])"
              + "(?<sign>[+-]?)(?<number>[0-9]+(?:\\.[0-9]+)?)(?<unit>[A-Za-zµ%/]*)");

  private static final Map<Metric.Unit, Map<String, Double>> UNITS =
      Map.of(
          Metric.Unit.MS, Map.of("s", 1e3, "ms", 1.0, "us", 1e-3, "µs", 1e-3),
          Metric.Unit.PER_S, Map.of("/s", 1.0),
          Metric.Unit.BYTES,
              Map.of(
                  "B", 1.0, "kB", 1e3, "MB", 1e6, "GB", 1e9, "KiB", 0x1p10, "MiB", 0x1p20, "GiB",
                  0x1p30),
          Metric.Unit.FRACTION, Map.of("%", 0.01));

  private static final Map<Metric.Unit, String> EXAMPLES =
      Map.of(
          Metric.Unit.MS, ">20ms",
          Metric.Unit.PER_S, "<100/s",
          Metric.Unit.BYTES, ">1GB",
          Metric.Unit.FRACTION, ">1%");

  private RuleArgument() {}

  /**
   * The rule.
   *
   * @throws UsageException if it is none
   */
  static Rule parse(String text) {
    String stripped = text.replace(" ", "");
    Matcher matcher = RULE.matcher(stripped);
    if (!matcher.matches()) {
      throw bad(text, "expected METRIC>LIMIT or METRIC<LIMIT, such as p99>+5% or p99>20ms");
    }
    Metric metric = metric(text, matcher.group("metric"));
    boolean isAbove = matcher.group("side").equals(">");
    String sign = matcher.group("sign");
    double number = Double.parseDouble(matcher.group("number"));
    String unit = matcher.group("unit");
    Optional<String> recipe =
        Optional.ofNullable(matcher.group("recipe")).map(RuleArgument::canonical);
    if (sign.isEmpty()) {
      Double factor = UNITS.getOrDefault(metric.unit(), Map.of()).get(unit);
      if (factor == null) {
        throw bad(
            text,
            unit.equals("%")
                ? "a limit of the change has a sign, such as %s>+%s%%"
                    .formatted(metric, matcher.group("number"))
                : "a limit of %s has a unit, such as %s%s, or is one of the change, such as %s>+5%%"
                    .formatted(metric, metric, EXAMPLES.get(metric.unit()), metric));
      }
      return new Rule(stripped, recipe, metric, isAbove, false, number * factor);
    }
    if (!unit.equals("%")) {
      throw bad(text, "a limit of the change is in per cent, such as %s>+5%%".formatted(metric));
    }
    double change = (sign.equals("-") ? -1 : 1) * number / 100;
    return new Rule(stripped, recipe, metric, isAbove, true, 1 + change);
  }

  private static Metric metric(String text, String name) {
    return Metric.named(name)
        .orElseThrow(
            () -> {
              List<String> names = Arrays.stream(Metric.values()).map(Metric::toString).toList();
              return bad(
                  text,
                  "unknown metric %s%s (%s)"
                      .formatted(name, Suggestion.among(names, name), String.join(", ", names)));
            });
  }

  /** As results have it; what is no recipe may still name a row. */
  private static String canonical(String recipe) {
    try {
      return Recipe.parse(recipe).toString();
    } catch (IllegalArgumentException e) {
      return recipe;
    }
  }

  private static UsageException bad(String text, String why) {
    return new UsageException("bad rule '%s' of --fail-if: %s".formatted(text, why));
  }
}
