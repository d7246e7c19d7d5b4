package io.github.narthex.models;

import io.github.narthex.Tensor;

/** A multi-layer perceptron for 28 x 28 pixels; names are those of torchvision.ops.MLP. */
final class Mlp implements Network {
  static final int INPUTS = 784;

  @Override
  public Tensor forward(Layers layers, Tensor input) {
    Tensor x = layers.linear(input, "0", 256).relu();
    x = layers.linear(x, "3", 128).relu();
    return layers.linear(x, "6", 10);
  }
}
