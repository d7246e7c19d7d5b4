package io.github.narthex.internal.torch;

import jdk.jfr.FlightRecorder;
import jdk.jfr.FlightRecorderListener;

/** Makes the events known once there is a recording; at once where there is one. */
final class Announcement implements FlightRecorderListener {
  /** In this class, since the verifier looks for the recorder's where an object is passed on. */
  static void await() {
    FlightRecorder.addListener(new Announcement());
  }

  @Override
  public void recorderInitialized(FlightRecorder recorder) {
    FlightRecorder.register(ModelLoadEvent.class);
    FlightRecorder.register(ForwardEvent.class);
    FlightRecorder.register(NativeErrorEvent.class);
    FlightRecorder.register(RangeEvent.class);
    FlightRecorder.register(ProfiledOperatorEvent.class);
    FlightRecorder.addPeriodicEvent(LiveHandlesEvent.class, LiveHandlesEvent::emit);
  }
}
