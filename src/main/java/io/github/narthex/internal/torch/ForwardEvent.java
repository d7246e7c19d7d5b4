package io.github.narthex.internal.torch;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A call of a model's method, from its arguments to its results; without conversions in Java. */
@Name("io.github.narthex.Forward")
@Label("Forward")
@Description("A model's method is called, by itself or as a session's run")
@Category("Narthex")
@StackTrace(false)
final class ForwardEvent extends Event {
  /** Asked instead of a new event, which would be an object for each call. */
  private static final ForwardEvent ANY = new ForwardEvent();

  @Label("Model")
  @Description("The file it was loaded from; memory, script or trace if there is none")
  String model = "";

  @Label("Method")
  String method = "";

  @Label("Intra-op Threads")
  int intraOpThreads;

  @Label("Session")
  boolean session;

  static boolean isWanted() {
    return ANY.isEnabled();
  }

  static ForwardEvent begun() {
    ForwardEvent event = new ForwardEvent();
    event.begin();
    return event;
  }

  void finish(String calledModel, String calledMethod, int threads, boolean inSession) {
    end();
    if (shouldCommit()) {
      model = calledModel;
      method = calledMethod;
      intraOpThreads = threads;
      session = inSession;
      commit();
    }
  }
}
