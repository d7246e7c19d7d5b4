package io.github.narthex.internal.torch;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** A call that failed in libtorch or in the shim. */
@Name("io.github.narthex.NativeError")
@Label("Native Error")
@Description("libtorch has failed; exhausted memory is a DeviceMemoryException")
@Category("Narthex")
final class NativeErrorEvent extends Event {
  @Label("Exception")
  @Description("The class that Java code sees it as")
  String exception = "";

  @Label("Message")
  String message = "";

  static void emit(RuntimeException failure) {
    NativeErrorEvent event = new NativeErrorEvent();
    if (event.shouldCommit()) {
      event.exception = failure.getClass().getSimpleName();
      event.message = String.valueOf(failure.getMessage());
      event.commit();
    }
  }
}
