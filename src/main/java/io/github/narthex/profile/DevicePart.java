package io.github.narthex.profile;

/** A part of a call on a device, as {@link DeviceTimes} tells them apart. */
public enum DevicePart {
  /**
   * On the host, until all of the call has been given to the device. It goes on beside the parts
   * that follow.
   */
  ENQUEUE("enqueuing"),
  /** On the device, until the inputs are there. */
  COPY_IN("host to device"),
  /** On the device, from there until the outputs are computed. */
  COMPUTE("computing"),
  /** On the device, until the outputs are in host memory. */
  COPY_OUT("device to host"),
  /** By the clock on the wall, until the host has waited for all of it. */
  WHOLE("whole call");

  private final String text;

  DevicePart(String text) {
    this.text = text;
  }

  /** As a report calls it, such as {@code host to device}. */
  @Override
  public String toString() {
    return text;
  }
}
