package io.github.narthex.internal.torch;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A range that a caller has named, see {@code Profiler.range}. */
@Name("io.github.narthex.Range")
@Label("Range")
@Description("A part of the program's work, by the name that it was given")
@Category("Narthex")
@StackTrace(false)
final class RangeEvent extends Event {
  /** Asked instead of a new event. */
  private static final RangeEvent ANY = new RangeEvent();

  @Label("Range")
  String range = "";

  static boolean isWanted() {
    return ANY.isEnabled();
  }
}
