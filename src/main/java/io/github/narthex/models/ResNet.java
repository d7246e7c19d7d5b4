package io.github.narthex.models;

import io.github.narthex.Tensor;

/**
 * Residual networks for 1,000 classes: He et al., "Deep Residual Learning for Image Recognition",
 * 2015, in torchvision's variant (the stride of a bottleneck is in its 3 x 3 convolution) and with
 * its names.
 */
final class ResNet extends ImageNetwork {
  private static final int CLASSES = 1000;
  private static final int FIRST_CHANNELS = 64;
  private static final int BOTTLENECK_EXPANSION = 4;

  /**
   * The last batch norm's weight in each branch. Training starts from 0 there and arrives at about
   * this. With 1, each random block amplifies rounding: bfloat16 is then 6 % off at the end of
   * ResNet-50, where trained weights have about 1 %.
   */
  private static final double BRANCH_GAIN = 0.2;

  private final boolean bottleneck;
  private final int[] blocksOfStage;

  private ResNet(boolean bottleneck, int... blocksOfStage) {
    super(224);
    this.bottleneck = bottleneck;
    this.blocksOfStage = blocksOfStage;
  }

  static ResNet resnet18() {
    return new ResNet(false, 2, 2, 2, 2);
  }

  static ResNet resnet50() {
    return new ResNet(true, 3, 4, 6, 3);
  }

  @Override
  Tensor classes(Layers layers, Tensor images) {
    Tensor x = layers.scoped(images, y -> stem(layers, y));
    int channels = FIRST_CHANNELS;
    for (int stage = 0; stage < blocksOfStage.length; stage++) {
      int width = FIRST_CHANNELS << stage;
      for (int block = 0; block < blocksOfStage[stage]; block++) {
        String name = "layer" + (stage + 1) + "." + block;
        int stride = block == 0 && stage > 0 ? 2 : 1;
        int inputs = channels;
        x = layers.scoped(x, y -> block(layers, y, name, inputs, width, stride));
        channels = outputs(width);
      }
    }
    return layers.linear(x.adaptiveAvgPool2d(1, 1).flatten(1), "fc", channels, CLASSES);
  }

  private int outputs(int width) {
    return bottleneck ? width * BOTTLENECK_EXPANSION : width;
  }

  private static Tensor stem(Layers layers, Tensor images) {
    Tensor x = layers.conv(images, "conv1", Conv.of(3, FIRST_CHANNELS, 7, 2));
    return layers.batchNorm(x, "bn1", FIRST_CHANNELS).relu().maxPool2d(3, 2, 1);
  }

  /** A residual block; its shortcut is a convolution where the shape changes. */
  private Tensor block(Layers layers, Tensor x, String name, int inputs, int width, int stride) {
    Tensor y =
        bottleneck
            ? bottleneck(layers, x, name, inputs, width, stride)
            : basic(layers, x, name, inputs, width, stride);
    int outputs = outputs(width);
    if (stride == 1 && inputs == outputs) {
      return y.add(x).relu();
    }
    Tensor shortcut = layers.conv(x, name + ".downsample.0", Conv.of(inputs, outputs, 1, stride));
    return y.add(layers.batchNorm(shortcut, name + ".downsample.1", outputs)).relu();
  }

  private static Tensor basic(
      Layers layers, Tensor x, String name, int inputs, int width, int stride) {
    Tensor y = normalised(layers, x, name, 1, Conv.of(inputs, width, 3, stride), 1).relu();
    return normalised(layers, y, name, 2, Conv.of(width, width, 3, 1), BRANCH_GAIN);
  }

  private static Tensor bottleneck(
      Layers layers, Tensor x, String name, int inputs, int width, int stride) {
    Tensor y = normalised(layers, x, name, 1, Conv.pointwise(inputs, width), 1).relu();
    y = normalised(layers, y, name, 2, Conv.of(width, width, 3, stride), 1).relu();
    Conv expansion = Conv.pointwise(width, width * BOTTLENECK_EXPANSION);
    return normalised(layers, y, name, 3, expansion, BRANCH_GAIN);
  }

  private static Tensor normalised(
      Layers layers, Tensor x, String name, int index, Conv conv, double gain) {
    return layers.scoped(
        x,
        y ->
            layers.batchNorm(
                layers.conv(y, name + ".conv" + index, conv),
                name + ".bn" + index,
                conv.outputs(),
                gain));
  }
}
