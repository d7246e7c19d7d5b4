package io.github.narthex.bench;

import io.github.narthex.OperatorTimes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What one kind of operator takes of a forward.
 *
 * @param name as libtorch has it, for example {@code aten::conv2d}, or {@link #OUTSIDE}
 * @param calls in a forward
 * @param selfMs milliseconds in a forward, without the operators that it calls
 * @param share of the forward's time, from 0 to 1
 */
public record OperatorShare(String name, double calls, double selfMs, double share) {
  /** The time of a forward that is no operator's: the call, the interpreter, numbers and lists. */
  public static final String OUTSIDE = "outside of operators";

  private static final double NANOS_PER_MS = 1e6;

  /** Whether this is the time of no operator. */
  public boolean isOutside() {
    return name.equals(OUTSIDE);
  }

  /**
   * The shares of so many forwards that took so long together, the largest first. They add up to 1.
   */
  static List<OperatorShare> of(OperatorTimes times, long forwards, long nanos) {
    // Operators that were run by several threads inside another one may add up to more.
    long whole = Math.max(nanos, times.selfNanos());
    List<OperatorShare> shares = new ArrayList<>();
    for (OperatorTimes.Entry entry : times.entries()) {
      shares.add(share(entry.name(), entry.calls(), entry.selfNanos(), forwards, whole));
    }
    shares.add(share(OUTSIDE, forwards, whole - times.selfNanos(), forwards, whole));
    shares.sort(Comparator.comparingDouble(OperatorShare::selfMs).reversed());
    return shares;
  }

  private static OperatorShare share(
      String name, long calls, long nanos, long forwards, long whole) {
    return new OperatorShare(
        name,
        (double) calls / forwards,
        nanos / NANOS_PER_MS / forwards,
        whole == 0 ? 0 : (double) nanos / whole);
  }
}
