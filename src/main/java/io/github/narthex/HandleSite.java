package io.github.narthex;

import java.util.List;

/**
 * A place in a program where native objects were made.
 *
 * @param kind what was made there, such as {@code tensor}
 * @param count how many of them are meant, 1 at least
 * @param frames the stack when it was made: first the library's method, then whoever called it;
 *     where the caller is the library's own command line, more of its methods
 */
public record HandleSite(String kind, long count, List<StackTraceElement> frames) {
  /** So much of the stack is shown in a text. */
  private static final int SHOWN_FRAMES = 8;

  /** The list is copied. */
  public HandleSite {
    frames = List.copyOf(frames);
  }

  /** The same place with another number of objects. */
  HandleSite withCount(long other) {
    return new HandleSite(kind, other, frames);
  }

  /** Number, kind and the top of the stack, on lines of their own. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder().append(count).append(" x ").append(kind);
    frames.stream().limit(SHOWN_FRAMES).forEach(frame -> text.append("\n    at ").append(frame));
    if (frames.size() > SHOWN_FRAMES) {
      text.append("\n    ...");
    }
    return text.toString();
  }
}
