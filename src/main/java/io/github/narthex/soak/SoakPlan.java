package io.github.narthex.soak;

import java.time.Duration;

/**
 * What to do.
 *
 * @param duration how long to call
 * @param window after which the process is looked at, again and again
 * @param callers threads that call, each again as soon as it has its answer
 * @param limits what may grow by how much
 */
public record SoakPlan(Duration duration, Duration window, int callers, GrowthLimits limits) {
  /** More say nothing more. */
  static final int MOST_WINDOWS = 120;

  /** Less, and looking would take more time than calling. */
  static final Duration SHORTEST_WINDOW = Duration.ofMillis(250);

  /**
   * Checks them.
   *
   * @throws IllegalArgumentException if a time is not above zero, or there is no caller
   */
  public SoakPlan {
    if (!duration.isPositive() || !window.isPositive() || callers < 1) {
      throw new IllegalArgumentException(
          "a soak of %s in windows of %s by %d callers".formatted(duration, window, callers));
    }
  }

  /** With windows as they fit the duration. */
  public static SoakPlan of(Duration duration, int callers, GrowthLimits limits) {
    Duration part = duration.dividedBy(MOST_WINDOWS);
    Duration window = part.compareTo(SHORTEST_WINDOW) < 0 ? SHORTEST_WINDOW : part;
    return new SoakPlan(duration, window, callers, limits);
  }
}
