package io.github.narthex;

import org.jspecify.annotations.Nullable;

/** TorchScript source does not compile; {@link #detail} shows the place in it. */
public final class ScriptException extends NarthexException {
  private static final long serialVersionUID = 1L;

  /** An exception with a message of one line, the whole story, and what caused it. */
  public ScriptException(String message, String detail, @Nullable Throwable cause) {
    super(message, detail, cause);
  }
}
