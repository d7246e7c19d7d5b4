package io.github.narthex.internal.torch;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Period;
import jdk.jfr.StackTrace;

/** Counts of live native objects, again and again: one that only grows is a leak. */
@Name("io.github.narthex.LiveHandles")
@Label("Live Handles")
@Description("Native objects whose arenas are still open, by kind")
@Category("Narthex")
@Period("1 s")
@StackTrace(false)
final class LiveHandlesEvent extends Event {
  @Label("Tensors")
  long tensors;

  @Label("Models")
  long models;

  @Label("Sessions")
  long sessions;

  @Label("Traces")
  long traces;

  @Label("Generators")
  long generators;

  @Label("Recordings")
  long recordings;

  @Label("Events")
  long events;

  @Label("Errors")
  long errors;

  static void emit() {
    LiveHandlesEvent event = new LiveHandlesEvent();
    event.tensors = HandleKind.TENSOR.live();
    event.models = HandleKind.MODULE.live();
    event.sessions = HandleKind.SESSION.live();
    event.traces = HandleKind.TRACE.live();
    event.generators = HandleKind.GENERATOR.live();
    event.recordings = HandleKind.RECORDING.live();
    event.events = HandleKind.DEVICE.live();
    event.errors = HandleKind.ERROR.live();
    event.commit();
  }
}
