package io.github.narthex.models;

import io.github.narthex.Tensor;

/**
 * The layers that a network is written with. Each finds its tensors by name: one implementation
 * makes them, the other records their use. So a network's architecture is written once.
 */
interface Layers {
  /** A convolution without bias that keeps the size where the stride is 1. */
  Tensor conv(Tensor x, String name, int outChannels, int kernel, int stride);

  /**
   * Batch normalisation in evaluation mode.
   *
   * @param gain what its weights are where they are made
   */
  Tensor batchNorm(Tensor x, String name, double gain);

  /** A linear layer with bias. */
  Tensor linear(Tensor x, String name, int outFeatures);
}
