package io.github.narthex.internal.torch;

/** What a profile found, for the Flight Recorder. */
public final class ProfiledOperators {
  private ProfiledOperators() {}

  /** Whether there is a recording that may want it. */
  public static boolean areWanted() {
    return FlightEvents.mayBeWanted();
  }

  /** Emits an operator's sums. */
  public static void emit(String operator, long calls, long selfNanos, long totalNanos) {
    ProfiledOperatorEvent.emit(operator, calls, selfNanos, totalNanos);
  }
}
