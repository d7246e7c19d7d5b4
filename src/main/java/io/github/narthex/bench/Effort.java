package io.github.narthex.bench;

import java.time.Duration;

/**
 * How much to measure. Where nothing is set, warm-up lasts until latencies are steady, and what
 * time there is goes to the recipes by what each still needs.
 *
 * @param warmUp the fewest forwards that are not timed, for each recipe; 0 leaves it open
 * @param iterations timed forwards for each recipe; 0 leaves it open
 * @param duration the time of timed forwards for each recipe; zero leaves it open
 * @param budget when neither of these is set: the time for everything, from the first worker's
 *     start on
 */
public record Effort(long warmUp, long iterations, Duration duration, Duration budget) {
  /** What a run has where nothing is said: well within two minutes. */
  public static final Duration DEFAULT_BUDGET = Duration.ofSeconds(105);

  /** Nothing set. */
  public static final Effort DEFAULT = new Effort(0, 0, Duration.ZERO, DEFAULT_BUDGET);

  /**
   * Checks the combination.
   *
   * @throws IllegalArgumentException if a value is negative, or both iterations and a duration are
   *     set
   */
  public Effort {
    if (warmUp < 0 || iterations < 0 || duration.isNegative()) {
      throw new IllegalArgumentException("warm-up, iterations and duration can't be negative");
    }
    if (iterations > 0 && !duration.isZero()) {
      throw new IllegalArgumentException("either iterations or a duration can be set, not both");
    }
  }

  /** The same with another budget. */
  public Effort within(Duration other) {
    return new Effort(warmUp, iterations, duration, other);
  }

  /** Whether the time budget alone decides. */
  boolean isOpen() {
    return iterations == 0 && duration.isZero();
  }
}
