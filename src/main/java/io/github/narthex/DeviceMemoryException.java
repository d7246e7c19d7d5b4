package io.github.narthex;

import org.jspecify.annotations.Nullable;

/** Memory for a tensor could not be had. */
public final class DeviceMemoryException extends NarthexException {
  private static final long serialVersionUID = 1L;

  /** An exception with a message of one line and nothing more to say. */
  public DeviceMemoryException(String message) {
    this(message, "", null);
  }

  /** An exception with a message of one line and the whole story. */
  public DeviceMemoryException(String message, String detail) {
    this(message, detail, null);
  }

  /** An exception with a message of one line, the whole story, and what caused it. */
  public DeviceMemoryException(String message, String detail, @Nullable Throwable cause) {
    super(message, detail, cause);
  }
}
