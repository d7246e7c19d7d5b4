package io.github.narthex.load;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A bound on latency: so many of all requests have their answer within that time.
 *
 * @param percentile how many
 * @param boundMs the time in milliseconds, above 0
 */
public record Slo(Percentile percentile, double boundMs) {
  private static final Pattern TEXT =
      Pattern.compile("(p50|p90|p95|p99)\\s*[=<]\\s*([0-9]*\\.?[0-9]+)\\s*(us|ms|s)");

  private static final double NANOS_PER_MS = 1e6;

  /**
   * Checks the bound.
   *
   * @throws IllegalArgumentException if it is not above 0, or is not finite
   */
  public Slo {
    if (!(boundMs > 0) || Double.isInfinite(boundMs)) {
      throw new IllegalArgumentException("expected a latency above 0, got " + boundMs + " ms");
    }
  }

  /**
   * Reads {@code p99=20ms}.
   *
   * @throws IllegalArgumentException if the text is something else
   */
  public static Slo parse(String text) {
    Matcher matcher = TEXT.matcher(text.strip().toLowerCase(Locale.ROOT));
    if (!matcher.matches() || Double.parseDouble(matcher.group(2)) == 0) {
      throw new IllegalArgumentException(
          "expected p50, p90, p95 or p99, and a time above 0 in us, ms or s, such as p99=20ms");
    }
    double unitMs =
        switch (matcher.group(3)) {
          case "us" -> 1e-3;
          case "ms" -> 1;
          default -> 1e3;
        };
    return new Slo(
        Percentile.valueOf(matcher.group(1).toUpperCase(Locale.ROOT)),
        Double.parseDouble(matcher.group(2)) * unitMs);
  }

  /** Whether there were enough requests to say whether it was kept. */
  public boolean isKnown(Outcome outcome) {
    return outcome.asked() >= percentile.least();
  }

  /**
   * Whether a load kept it. A request that failed, or had no answer at the end, did not.
   *
   * @return false too where {@linkplain #isKnown there were too few requests}
   */
  public boolean isKept(Outcome outcome) {
    double late =
        outcome.latency().countAbove(boundMs * NANOS_PER_MS)
            + outcome.unanswered().count()
            + outcome.errors();
    return isKnown(outcome) && late <= (1 - percentile.fraction()) * outcome.asked();
  }

  /** The text that {@link #parse} reads. */
  @Override
  public String toString() {
    return percentile
        + "="
        + BigDecimal.valueOf(boundMs).stripTrailingZeros().toPlainString()
        + "ms";
  }
}
