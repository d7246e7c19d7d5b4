package io.github.narthex;

import org.jspecify.annotations.Nullable;

/** A file of input data is missing, damaged, or holds what can't be a tensor. */
public final class InputException extends NarthexException {
  private static final long serialVersionUID = 1L;

  /** An exception with a message of one line and nothing more to say. */
  public InputException(String message) {
    this(message, "", null);
  }

  /** An exception with a message of one line and the whole story. */
  public InputException(String message, String detail) {
    this(message, detail, null);
  }

  /** An exception with a message of one line, the whole story, and what caused it. */
  public InputException(String message, String detail, @Nullable Throwable cause) {
    super(message, detail, cause);
  }
}
