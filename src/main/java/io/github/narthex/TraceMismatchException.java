package io.github.narthex;

/** A traced model does not compute what the Java code that it was traced from computes. */
public final class TraceMismatchException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  TraceMismatchException(String message) {
    super(message);
  }
}
