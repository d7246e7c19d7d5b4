package io.github.narthex.gpu;

/** A function of NVML's failed; the message is NVML's text of the code. */
final class NvmlException extends Exception {
  private static final long serialVersionUID = 1;

  NvmlException(String message) {
    super(message);
  }

  String text() {
    return String.valueOf(getMessage());
  }
}
