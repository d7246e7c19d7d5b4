package io.github.narthex.bench;

/**
 * The most memory that a worker ever had. A figure that is not known is 0.
 *
 * @param rssBytes in RAM
 * @param deviceBytes that libtorch had taken from the device that the model runs on; 0 on the CPU
 */
record PeakMemory(long rssBytes, long deviceBytes) {
  static final PeakMemory NONE = new PeakMemory(0, 0);

  PeakMemory max(PeakMemory other) {
    return new PeakMemory(
        Math.max(rssBytes, other.rssBytes), Math.max(deviceBytes, other.deviceBytes));
  }
}
