package io.github.narthex;

import java.lang.StackWalker.StackFrame;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;

/**
 * Finds the places in a caller's code that read a traced tensor: what Java computes of that becomes
 * a constant of the model. One warning for each place.
 */
final class TraceWarnings {
  private static final StackWalker STACK =
      StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);

  /** Reads for people, not for computing. */
  private static final Set<String> HARMLESS = Set.of("toString");

  private final List<String> messages = new ArrayList<>();

  /** To be called from a method of a tensor that reads it. */
  void note() {
    String message = STACK.walk(frames -> message(frames.iterator()));
    if (!message.isEmpty() && !messages.contains(message)) {
      messages.add(message);
      System.getLogger(Trace.class.getName()).log(System.Logger.Level.WARNING, message);
    }
  }

  List<String> messages() {
    return List.copyOf(messages);
  }

  /** Names the method of the tensor that the caller called, and where. */
  private static String message(Iterator<StackFrame> frames) {
    String method = "";
    while (frames.hasNext()) {
      StackFrame frame = frames.next();
      if (!isOwn(frame.getDeclaringClass())) {
        return HARMLESS.contains(method)
            ? ""
            : method
                + "() of a traced tensor at "
                + frame.toStackTraceElement()
                + ": what Java computes of it becomes a constant of the model";
      }
      method = frame.getMethodName();
    }
    return "";
  }

  /** A tensor's interfaces are its own methods too. */
  private static boolean isOwn(Class<?> type) {
    return type.isAssignableFrom(Tensor.class)
        || type == HeapTransfer.class
        || type == Operator.class
        || type == Trace.class
        || type == TraceWarnings.class;
  }
}
