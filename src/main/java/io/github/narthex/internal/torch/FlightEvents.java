package io.github.narthex.internal.torch;

import jdk.jfr.FlightRecorder;

/**
 * The way to the events of the JDK's Flight Recorder. Two rules: a run-time image may lack the
 * recorder, so no class that is always loaded may need it; and an event's class is not touched
 * before a recording has begun, since the JDK loads a hundred classes for the first one.
 */
final class FlightEvents {
  private static final boolean HAVE_RECORDER = ModuleLayer.boot().findModule("jdk.jfr").isPresent();

  private FlightEvents() {}

  /** Whether there has been a recording, so that events may be wanted; allocates nothing. */
  static boolean mayBeWanted() {
    return HAVE_RECORDER && FlightRecorder.isInitialized();
  }

  /** Whether forwards are recorded now; allocates nothing. */
  static boolean wantForwards() {
    return mayBeWanted() && ForwardEvent.isWanted();
  }

  /** Makes the events known to the recorder, now or when it is first used. */
  static void announce() {
    if (HAVE_RECORDER) {
      Announcement.await();
    }
  }
}
