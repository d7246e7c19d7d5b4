package io.github.narthex.bench;

import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * Decides when a warm-up is over: when the median of a window is neither clearly below the lowest
 * of the {@value #WINDOWS} before it, which says that forwards still become faster, nor far above
 * it, which says that something is being compiled. Noise in between is not the warm-up's business.
 * A window is at least {@value #WINDOW_ITERATIONS} forwards and 50 ms, so that a fast model is not
 * called steady before the JIT compiler has seen it.
 */
final class Steadiness {
  static final int WINDOWS = 2;
  static final int WINDOW_ITERATIONS = 3;
  private static final long WINDOW_NANOS = 50_000_000;
  private static final double FASTER = 0.95;
  private static final double SLOWER = 1.25;

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
    double median = Quantiles.median(Arrays.copyOf(window, inWindow));
    inWindow = 0;
    windowNanos = 0;
    double lowest = medians.stream().mapToDouble(Double::doubleValue).min().orElse(median);
    boolean steady =
        medians.size() == WINDOWS && median >= FASTER * lowest && median <= SLOWER * lowest;
    medians.addLast(median);
    if (medians.size() > WINDOWS) {
      medians.removeFirst();
    }
    return steady;
  }

  /** The median of the latest full window in nanoseconds, or of what there is before the first. */
  double medianNanos() {
    if (!medians.isEmpty()) {
      return medians.getLast();
    }
    return inWindow == 0 ? Double.NaN : Quantiles.median(Arrays.copyOf(window, inWindow));
  }
}
