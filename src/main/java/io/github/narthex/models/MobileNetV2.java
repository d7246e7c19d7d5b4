package io.github.narthex.models;

import io.github.narthex.Tensor;
import io.github.narthex.Value;

/**
 * MobileNetV2 for 1,000 classes: Sandler et al., "MobileNetV2: Inverted Residuals and Linear
 * Bottlenecks", 2018, with the names of torchvision's {@code mobilenet_v2}.
 */
final class MobileNetV2 extends ImageNetwork {
  private static final int CLASSES = 1000;
  private static final int FIRST_CHANNELS = 32;
  private static final int LAST_CHANNELS = 1280;

  /** The last batch norm's weight in each branch: with 1, random blocks amplify rounding. */
  private static final double BRANCH_GAIN = 0.2;

  /** Blocks of one width; the first of them has the stride. */
  private record Stage(int expansion, int channels, int blocks, int stride) {}

  private static final Stage[] STAGES = {
    new Stage(1, 16, 1, 1),
    new Stage(6, 24, 2, 2),
    new Stage(6, 32, 3, 2),
    new Stage(6, 64, 4, 2),
    new Stage(6, 96, 3, 1),
    new Stage(6, 160, 3, 2),
    new Stage(6, 320, 1, 1),
  };

  MobileNetV2() {
    super(224);
  }

  @Override
  Tensor classes(Layers layers, Tensor images) {
    Tensor x =
        layers.scoped(
            images, y -> activated(layers, y, "features.0", Conv.of(3, FIRST_CHANNELS, 3, 2)));
    int channels = FIRST_CHANNELS;
    int feature = 1;
    for (Stage stage : STAGES) {
      for (int block = 0; block < stage.blocks(); block++) {
        String name = "features." + feature++ + ".conv";
        int inputs = channels;
        int stride = block == 0 ? stage.stride() : 1;
        x = layers.scoped(x, y -> block(layers, y, name, inputs, stage, stride));
        channels = stage.channels();
      }
    }
    Conv last = Conv.pointwise(channels, LAST_CHANNELS);
    String lastName = "features." + feature;
    x = layers.scoped(x, y -> activated(layers, y, lastName, last));
    x = x.adaptiveAvgPool2d(1, 1).flatten(1);
    return layers.linear(x, "classifier.1", LAST_CHANNELS, CLASSES);
  }

  /** Expansion, a depth-wise convolution, and projection without activation. */
  private static Tensor block(
      Layers layers, Tensor input, String name, int inputs, Stage stage, int stride) {
    int hidden = inputs * stage.expansion();
    int part = 0;
    Tensor x = input;
    if (hidden != inputs) {
      x = activated(layers, x, name + "." + part++, Conv.pointwise(inputs, hidden));
    }
    x = activated(layers, x, name + "." + part++, Conv.depthwise(hidden, stride));
    x = layers.conv(x, name + "." + part++, Conv.pointwise(hidden, stage.channels()));
    boolean isResidual = stride == 1 && inputs == stage.channels();
    x = layers.batchNorm(x, name + "." + part, stage.channels(), isResidual ? BRANCH_GAIN : 1);
    return isResidual ? x.add(input) : x;
  }

  /** A convolution, batch norm and ReLU6. */
  private static Tensor activated(Layers layers, Tensor x, String name, Conv conv) {
    Tensor y = layers.batchNorm(layers.conv(x, name + ".0", conv), name + ".1", conv.outputs());
    return Layers.call("aten::hardtanh", y, Value.of(0.0), Value.of(6.0));
  }
}
