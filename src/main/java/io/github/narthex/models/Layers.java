package io.github.narthex.models;

import io.github.narthex.NativeMemory;
import io.github.narthex.Tensor;
import java.lang.foreign.Arena;
import java.util.function.UnaryOperator;

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

  /**
   * Computes a part of the network, and frees all but its result: otherwise everything between the
   * input and the output of ResNet-50 would be in memory at once, 1.5 GB for a batch of 8.
   *
   * @param body from {@code x} to the result
   */
  default Tensor scoped(Tensor x, UnaryOperator<Tensor> body) {
    try (Arena scope = Arena.ofConfined()) {
      return body.apply(x.keep(scope)).keep(x.arena());
    } finally {
      NativeMemory.trim();
    }
  }

  /** A linear layer with bias. */
  Tensor linear(Tensor x, String name, int outFeatures);
}
