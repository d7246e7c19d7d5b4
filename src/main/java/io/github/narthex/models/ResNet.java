package io.github.narthex.models;

import io.github.narthex.Tensor;

/**
 * Residual networks for 1,000 classes: He et al., "Deep Residual Learning for Image Recognition",
 * 2015, in torchvision's variant (the stride of a bottleneck is in its 3 x 3 convolution) and with
 * its names.
 */
final class ResNet implements Network {
  private static final int CLASSES = 1000;
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
  public Tensor forward(Layers layers, Tensor input) {
    Tensor x = layers.scoped(input, image -> stem(layers, image));
    for (int stage = 0; stage < blocksOfStage.length; stage++) {
      int current = stage;
      x = layers.scoped(x, y -> stage(layers, y, current));
    }
    return layers.linear(x.adaptiveAvgPool2d(1, 1).flatten(1), "fc", CLASSES);
  }

  private Tensor stage(Layers layers, Tensor input, int stage) {
    Tensor x = input;
    for (int block = 0; block < blocksOfStage[stage]; block++) {
      String name = "layer" + (stage + 1) + "." + block;
      int firstOfStage = block == 0 ? stage : -1;
      x = layers.scoped(x, y -> block(layers, y, name, 64 << stage, firstOfStage));
    }
    return x;
  }

  private static Tensor stem(Layers layers, Tensor image) {
    Tensor x = layers.batchNorm(layers.conv(image, "conv1", 64, 7, 2), "bn1", 1);
    return x.relu().maxPool2d(3, 2, 1);
  }

  /**
   * A residual block.
   *
   * @param firstOfStage the stage whose first block this is, else -1
   */
  private Tensor block(Layers layers, Tensor x, String name, int width, int firstOfStage) {
    int stride = firstOfStage > 0 ? 2 : 1;
    // The first block of a stage changes the shape, but for a basic one in the first stage.
    boolean reshapes = firstOfStage > 0 || (firstOfStage == 0 && bottleneck);
    int outChannels = bottleneck ? width * BOTTLENECK_EXPANSION : width;
    Tensor y =
        bottleneck
            ? bottleneck(layers, x, name, width, stride)
            : basic(layers, x, name, width, stride);
    Tensor shortcut =
        reshapes
            ? layers.batchNorm(
                layers.conv(x, name + ".downsample.0", outChannels, 1, stride),
                name + ".downsample.1",
                1)
            : x;
    return y.add(shortcut).relu();
  }

  private static Tensor basic(Layers layers, Tensor x, String name, int width, int stride) {
    Tensor y = convAndNorm(layers, x, name, 1, width, 3, stride, 1).relu();
    return convAndNorm(layers, y, name, 2, width, 3, 1, BRANCH_GAIN);
  }

  private static Tensor bottleneck(Layers layers, Tensor x, String name, int width, int stride) {
    Tensor y = convAndNorm(layers, x, name, 1, width, 1, 1, 1).relu();
    y = convAndNorm(layers, y, name, 2, width, 3, stride, 1).relu();
    return convAndNorm(layers, y, name, 3, width * BOTTLENECK_EXPANSION, 1, 1, BRANCH_GAIN);
  }

  private static Tensor convAndNorm(
      Layers layers,
      Tensor x,
      String name,
      int index,
      int channels,
      int kernel,
      int stride,
      double gain) {
    return layers.scoped(
        x,
        y ->
            layers.batchNorm(
                layers.conv(y, name + ".conv" + index, channels, kernel, stride),
                name + ".bn" + index,
                gain));
  }
}
