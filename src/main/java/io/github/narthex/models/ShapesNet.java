package io.github.narthex.models;

import io.github.narthex.Tensor;

/**
 * A small network that tells the shapes of {@link ShapePictures} apart. It is really trained, by
 * {@code train_shapes_net.py}, which has the same architecture.
 */
final class ShapesNet extends ImageNetwork {
  private static final int WIDTH = 128;

  ShapesNet() {
    super(ShapePictures.SIDE);
  }

  @Override
  Tensor classes(Layers layers, Tensor images) {
    Tensor x = normalised(layers, images, "features.0", Conv.of(3, 16, 3, 1)).relu();
    x = separable(layers, x, "features.1", 16, 32, 2);
    x = separable(layers, x, "features.2", 32, 32, 1);
    x = normalised(layers, x, "features.3", Conv.of(32, 64, 3, 2)).relu();
    x = separable(layers, x, "features.4", 64, 64, 1);
    x = normalised(layers, x, "features.5", Conv.of(64, 112, 3, 2)).relu();
    x = separable(layers, x, "features.6", 112, WIDTH, 1);
    return layers.linear(x.mean(2, 3), "classifier", WIDTH, ShapePictures.labels().size());
  }

  /** A depth-wise convolution and a point-wise one, around which the input goes where it fits. */
  private static Tensor separable(
      Layers layers, Tensor x, String name, int inputs, int outputs, int stride) {
    Tensor y = normalised(layers, x, name + ".depthwise", Conv.depthwise(inputs, stride)).relu();
    y = normalised(layers, y, name + ".pointwise", Conv.pointwise(inputs, outputs));
    return (stride == 1 && inputs == outputs ? y.add(x) : y).relu();
  }

  private static Tensor normalised(Layers layers, Tensor x, String name, Conv conv) {
    return layers.batchNorm(layers.conv(x, name + ".0", conv), name + ".1", conv.outputs());
  }
}
