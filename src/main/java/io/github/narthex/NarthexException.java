package io.github.narthex;

import org.jspecify.annotations.Nullable;

/**
 * A failure at run time that the caller could not have ruled out. A caller's mistake is one of the
 * JDK's own exceptions instead: {@link IllegalArgumentException}, {@link IllegalStateException},
 * {@link WrongThreadException}.
 */
public abstract sealed class NarthexException extends RuntimeException
    permits ModelLoadException,
        OperatorException,
        DeviceMemoryException,
        NativeLibraryException,
        InputException,
        ScriptException,
        UnsupportedException {
  private static final long serialVersionUID = 1L;

  private final String detail;

  NarthexException(String message, String detail, @Nullable Throwable cause) {
    super(oneLine(message), cause);
    this.detail = detail;
  }

  /**
   * All that is known beyond the message, over as many lines as it takes: libtorch's own text with
   * its TorchScript traceback, or every path that was tried. Empty if there is no more.
   */
  public final String detail() {
    return detail;
  }

  private static String oneLine(String message) {
    return message.strip().replaceAll("\\s*\\R\\s*", " ");
  }
}
