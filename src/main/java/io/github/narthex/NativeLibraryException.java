package io.github.narthex;

import org.jspecify.annotations.Nullable;

/** libtorch or the shim is missing, does not load, or is of another version than it should be. */
public final class NativeLibraryException extends NarthexException {
  private static final long serialVersionUID = 1L;

  /** An exception with a message of one line and nothing more to say. */
  public NativeLibraryException(String message) {
    this(message, "", null);
  }

  /** An exception with a message of one line and the whole story. */
  public NativeLibraryException(String message, String detail) {
    this(message, detail, null);
  }

  /** An exception with a message of one line, the whole story, and what caused it. */
  public NativeLibraryException(String message, String detail, @Nullable Throwable cause) {
    super(message, detail, cause);
  }
}
