package io.github.narthex.internal.torch;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** What one kind of operator took in a profile that has ended. */
@Name("io.github.narthex.ProfiledOperator")
@Label("Profiled Operator")
@Description("What an operator took in a profile that has just ended")
@Category("Narthex")
@StackTrace(false)
final class ProfiledOperatorEvent extends Event {
  @Label("Operator")
  String operator = "";

  @Label("Calls")
  long calls;

  @Label("Self Time")
  @Timespan(Timespan.NANOSECONDS)
  long selfTime;

  @Label("Total Time")
  @Timespan(Timespan.NANOSECONDS)
  long totalTime;

  static void emit(String operator, long calls, long selfNanos, long totalNanos) {
    ProfiledOperatorEvent event = new ProfiledOperatorEvent();
    event.operator = operator;
    event.calls = calls;
    event.selfTime = selfNanos;
    event.totalTime = totalNanos;
    event.commit();
  }
}
