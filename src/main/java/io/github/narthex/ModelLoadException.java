package io.github.narthex;

import org.jspecify.annotations.Nullable;

/** A model file is missing, damaged, or of a format that can't be run. */
public final class ModelLoadException extends NarthexException {
  private static final long serialVersionUID = 1L;

  /** An exception with a message of one line and nothing more to say. */
  public ModelLoadException(String message) {
    this(message, "", null);
  }

  /** An exception with a message of one line and the whole story. */
  public ModelLoadException(String message, String detail) {
    this(message, detail, null);
  }

  /** An exception with a message of one line, the whole story, and what caused it. */
  public ModelLoadException(String message, String detail, @Nullable Throwable cause) {
    super(message, detail, cause);
  }
}
