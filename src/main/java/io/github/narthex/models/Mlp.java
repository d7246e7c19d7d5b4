package io.github.narthex.models;

import io.github.narthex.Tensor;
import io.github.narthex.io.InputSpec;
import java.util.List;

/** A multi-layer perceptron for 28 x 28 pixels; names are those of torchvision.ops.MLP. */
final class Mlp implements Network {
  private static final int INPUTS = 784;

  @Override
  public List<InputSpec.Generated> inputs() {
    return Network.input(1, INPUTS);
  }

  @Override
  public List<Tensor> forward(Layers layers, List<Tensor> inputs) {
    Tensor x = layers.linear(inputs.getFirst(), "0", INPUTS, 256).relu();
    x = layers.linear(x, "3", 256, 128).relu();
    return List.of(layers.linear(x, "6", 128, 10));
  }
}
