package io.github.narthex;

import org.jspecify.annotations.Nullable;

/** An operator, or a model's own code, failed while it ran. */
public final class OperatorException extends NarthexException {
  private static final long serialVersionUID = 1L;

  /** An exception with a message of one line and nothing more to say. */
  public OperatorException(String message) {
    this(message, "", null);
  }

  /** An exception with a message of one line and the whole story. */
  public OperatorException(String message, String detail) {
    this(message, detail, null);
  }

  /** An exception with a message of one line, the whole story, and what caused it. */
  public OperatorException(String message, String detail, @Nullable Throwable cause) {
    super(message, detail, cause);
  }
}
