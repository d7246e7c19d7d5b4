package io.github.narthex;

import org.jspecify.annotations.Nullable;

/** This machine, this libtorch or this model can't do what was asked. */
public final class UnsupportedException extends NarthexException {
  private static final long serialVersionUID = 1L;

  /** An exception with a message of one line and nothing more to say. */
  public UnsupportedException(String message) {
    this(message, "", null);
  }

  /** An exception with a message of one line and the whole story. */
  public UnsupportedException(String message, String detail) {
    this(message, detail, null);
  }

  /** An exception with a message of one line, the whole story, and what caused it. */
  public UnsupportedException(String message, String detail, @Nullable Throwable cause) {
    super(message, detail, cause);
  }
}
