package io.github.narthex;

/** In which order a dense tensor's dimensions lie in memory. The shape is not affected. */
public enum MemoryFormat {
  /** Row-major: the last dimension varies fastest. */
  CONTIGUOUS,
  /** For N x C x H x W: the channels vary fastest (NHWC in memory). */
  CHANNELS_LAST,
  /** For N x C x D x H x W: the channels vary fastest (NDHWC in memory). */
  CHANNELS_LAST_3D,
  /** As the source has it. */
  PRESERVE
}
