package io.github.narthex.internal.torch;

import java.lang.StackWalker.Option;
import java.lang.StackWalker.StackFrame;
import java.lang.foreign.MemorySegment;
import java.security.ProtectionDomain;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Where in the program the live native objects were made, if the JVM was started so that this is
 * noted. Like the shim's counts it is about the whole process. It takes microseconds for each
 * object; where it is off, the compiler leaves nothing of it.
 */
public final class HandleSites {
  /** The system property that turns it on. */
  public static final String PROPERTY = "narthex.leaks";

  /** The property's value with which it is on. */
  public static final String SITES = "sites";

  static final boolean ARE_NOTED = SITES.equals(System.getProperty(PROPERTY));

  private static final int MAX_FRAMES = 64;
  private static final String OWN_PACKAGE = HandleSites.class.getPackageName() + ".";
  private static final Map<Site, Long> LIVE = new ConcurrentHashMap<>();

  /**
   * A place in the program.
   *
   * @param noun what was made there, such as "tensor"
   * @param frames the library's method that was called, then its callers
   */
  public record Site(String noun, List<StackTraceElement> frames) {}

  /** Where this library's classes come from; not asked for unless sites are noted. */
  private static final class Library {
    static final ProtectionDomain ORIGIN = HandleSites.class.getProtectionDomain();
    static final StackWalker WALKER = StackWalker.getInstance(Option.RETAIN_CLASS_REFERENCE);
  }

  private HandleSites() {}

  /** Whether sites are noted. */
  public static boolean areNoted() {
    return ARE_NOTED;
  }

  /** How many objects that are alive were made where; empty if that is not noted. */
  public static Map<Site, Long> live() {
    return Map.copyOf(LIVE);
  }

  /**
   * Notes that the caller makes an object.
   *
   * @return frees it, and forgets it
   */
  static Consumer<MemorySegment> note(String noun, Consumer<MemorySegment> free) {
    Site site = new Site(noun, frames());
    LIVE.merge(site, 1L, Long::sum);
    return address -> {
      free.accept(address);
      LIVE.computeIfPresent(site, (key, count) -> count == 1 ? null : count - 1);
    };
  }

  /**
   * From the last of the library's own frames on: the caller's is the next. Where all are the
   * library's, as under its own command line, from where {@code internal.torch} was called.
   */
  private static List<StackTraceElement> frames() {
    List<StackFrame> frames =
        Library.WALKER.walk(
            stack ->
                stack
                    .dropWhile(frame -> frame.getClassName().startsWith(OWN_PACKAGE))
                    .limit(MAX_FRAMES)
                    .toList());
    int caller = 0;
    while (caller < frames.size() && isLibrary(frames.get(caller))) {
      caller++;
    }
    boolean isOwnProgram = caller == frames.size();
    return frames.subList(isOwnProgram ? 0 : Math.max(0, caller - 1), frames.size()).stream()
        .map(StackFrame::toStackTraceElement)
        .toList();
  }

  private static boolean isLibrary(StackFrame frame) {
    return Library.ORIGIN.equals(frame.getDeclaringClass().getProtectionDomain());
  }
}
