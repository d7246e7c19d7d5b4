package io.github.narthex.report;

import io.github.narthex.soak.Growth;
import io.github.narthex.soak.Metric;
import io.github.narthex.soak.SoakResult;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** What a soak comes to, in words. */
public final class SoakVerdict {
  private SoakVerdict() {}

  /** What was found of a metric, such as {@code grows}. */
  static String word(Growth growth) {
    return growth.metric().isJudged()
        ? growth.finding().name().toLowerCase(Locale.ROOT)
        : "not judged";
  }

  /** A sentence or two. */
  public static String sentence(SoakResult result) {
    return switch (result.verdict()) {
      case GROWS -> grows(result);
      case FAILED -> "Nothing is known to grow, but calls failed.";
      case UNKNOWN -> "Too short to tell: there are too few windows after the warm-up.";
      case STEADY -> steady(result);
    };
  }

  private static String grows(SoakResult result) {
    List<Growth> failures = result.growths().stream().filter(Growth::isFailure).toList();
    String what =
        failures.stream()
            .map(
                growth ->
                    "%s by %s %s (95 %% sure: %s; limit %s)"
                        .formatted(
                            SoakFigures.name(growth.metric()),
                            SoakFigures.slope(growth),
                            SoakFigures.unit(growth.metric()),
                            SoakFigures.interval(growth),
                            SoakFigures.limit(growth)))
            .collect(Collectors.joining("; "));
    boolean isLeak = failures.stream().anyMatch(growth -> growth.metric() == Metric.HANDLES);
    return "Grows: "
        + what
        + (isLeak
            ? ". Native objects leak: docs/observing.md says how to find where."
            : ". Live handles do not: docs/soak.md says what else it can be.");
  }

  private static String steady(SoakResult result) {
    List<String> unsteady =
        result.growths().stream()
            .filter(growth -> growth.metric().isJudged())
            .filter(growth -> growth.finding() != Growth.Finding.FLAT)
            .map(
                growth ->
                    SoakFigures.name(growth.metric())
                        + (growth.finding() == Growth.Finding.DISTURBED
                            ? " rose as others took more processor time"
                            : " rose, but not steadily"))
            .toList();
    return "No growth beyond the limits"
        + (unsteady.isEmpty() ? "." : "; " + String.join(", ", unsteady) + ".");
  }
}
