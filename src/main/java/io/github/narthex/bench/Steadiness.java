package io.github.narthex.bench;

import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * Decides when a warm-up is over: when the medians of {@value #WINDOWS} windows in a row agree
 * within 5 %. A window is at least {@value #WINDOW_ITERATIONS} forwards and 50 ms, so that a fast
 * model is not called steady before the JIT compiler has seen it.
 */
final class Steadiness {
  static final int WINDOWS = 3;
  static final int WINDOW_ITERATIONS = 3;
  private static final long WINDOW_NANOS = 50_000_000;
  private static final double TOLERANCE = 1.05;

  private final ArrayDeque<Double> medians = new ArrayDeque<>();
  private long[] window = new long[64];
  private int inWindow;
  private long windowNanos;

  /**
   * Takes the time of one more forward.
   *
   * @return whether latencies are steady now
   */
  boolean add(long nanos) {
    if (inWindow == window.length) {
      window = Arrays.copyOf(window, 2 * inWindow);
    }
    window[inWindow++] = nanos;
    windowNanos += nanos;
    if (inWindow < WINDOW_ITERATIONS || windowNanos < WINDOW_NANOS) {
      return false;
    }
    medians.addLast(Quantiles.median(Arrays.copyOf(window, inWindow)));
    if (medians.size() > WINDOWS) {
      medians.removeFirst();
    }
    inWindow = 0;
    windowNanos = 0;
    double lowest = medians.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
    double highest = medians.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
    return medians.size() == WINDOWS && highest <= TOLERANCE * lowest;
  }

  /** The median of the latest full window in nanoseconds, or of what there is before the first. */
  double medianNanos() {
    if (!medians.isEmpty()) {
      return medians.getLast();
    }
    return inWindow == 0 ? Double.NaN : Quantiles.median(Arrays.copyOf(window, inWindow));
  }
}
