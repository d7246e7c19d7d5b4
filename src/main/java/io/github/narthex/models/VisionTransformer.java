package io.github.narthex.models;

import io.github.narthex.ShapeOperators;
import io.github.narthex.Tensor;
import io.github.narthex.Value;
import io.github.narthex.io.InputSpec;
import java.util.List;

/**
 * The vision transformer of base size with patches of 16 x 16 pixels, for 1,000 classes:
 * Dosovitskiy et al., "An Image is Worth 16x16 Words", 2020, with the names of torchvision's {@code
 * vit_b_16}.
 */
final class VisionTransformer implements Network {
  private static final int CLASSES = 1000;
  private static final int SIDE = 224;
  private static final int PATCH_SIDE = 16;
  private static final int PATCHES = (SIDE / PATCH_SIDE) * (SIDE / PATCH_SIDE);
  private static final int WIDTH = 768;
  private static final int HIDDEN = 3072;
  private static final int HEADS = 12;
  private static final int DEPTH = 12;
  private static final double EPSILON = 1e-6;

  @Override
  public List<InputSpec.Generated> inputs() {
    return Network.input(1, 3, SIDE, SIDE);
  }

  @Override
  public List<Tensor> forward(Layers layers, List<Tensor> inputs) {
    Tensor x = layers.scoped(inputs.getFirst(), images -> tokens(layers, images));
    for (int i = 0; i < DEPTH; i++) {
      String name = "encoder.layers.encoder_layer_" + i;
      x = layers.scoped(x, y -> block(layers, y, name));
    }
    Tensor first = layers.layerNorm(x, "encoder.ln", WIDTH, EPSILON).select(1, 0);
    return List.of(layers.linear(first, "heads.head", WIDTH, CLASSES));
  }

  /** The class token and a token for each patch, N x (1 + patches) x width. */
  private static Tensor tokens(Layers layers, Tensor images) {
    Tensor patches = layers.conv(images, "conv_proj", Conv.patches(3, WIDTH, PATCH_SIDE));
    patches = patches.flatten(2).transpose(1, 2);
    Tensor classToken = layers.parameter("class_token", Initial.normal(0.02), 1, 1, WIDTH);
    Tensor position =
        layers.parameter("encoder.pos_embedding", Initial.normal(0.02), 1, 1 + PATCHES, WIDTH);
    // As many as there are images, which a trace knows only of a tensor.
    Tensor one = patches.slice(1, 0, 1);
    Tensor first = Layers.call("aten::expand_as", classToken, Value.of(one));
    return ShapeOperators.cat(patches.arena(), List.of(first, patches), 1).add(position);
  }

  private static Tensor block(Layers layers, Tensor x, String name) {
    Tensor y = attention(layers, layers.layerNorm(x, name + ".ln_1", WIDTH, EPSILON), name);
    Tensor sum = y.add(x);
    y = layers.layerNorm(sum, name + ".ln_2", WIDTH, EPSILON);
    y = perceptron(layers, y, name + ".mlp.0", WIDTH, HIDDEN).gelu();
    return perceptron(layers, y, name + ".mlp.3", HIDDEN, WIDTH).add(sum);
  }

  /** {@code torch.nn.MultiheadAttention}: queries, keys and values come from one matrix. */
  private static Tensor attention(Layers layers, Tensor x, String block) {
    String name = block + ".self_attention";
    Tensor joined =
        x.linear(
            layers.parameter(name + ".in_proj_weight", xavier(WIDTH, 3 * WIDTH), 3 * WIDTH, WIDTH),
            layers.parameter(name + ".in_proj_bias", Initial.constant(0), 3 * WIDTH));
    List<Tensor> parts = joined.split(WIDTH, 2);
    Tensor y = Layers.attention(parts.get(0), parts.get(1), parts.get(2), HEADS, WIDTH, null);
    return layers.linear(
        y,
        name + ".out_proj",
        WIDTH,
        WIDTH,
        Initial.uniform(1 / Math.sqrt(WIDTH)),
        Initial.constant(0));
  }

  private static Tensor perceptron(
      Layers layers, Tensor x, String name, long inputs, long outputs) {
    return layers.linear(x, name, inputs, outputs, xavier(inputs, outputs), Initial.normal(1e-6));
  }

  private static Initial xavier(long inputs, long outputs) {
    return Initial.uniform(Math.sqrt(6.0 / (inputs + outputs)));
  }
}
