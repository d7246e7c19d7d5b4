package io.github.narthex.models;

import io.github.narthex.Tensor;
import io.github.narthex.io.InputSpec;
import java.util.List;

/** A convolutional network for images N x 3 x side x side, with batch norm. */
abstract class ImageNetwork implements Network {
  /** Enough: the statistics are over the pixels too. */
  private static final int CALIBRATION_SAMPLES = 4;

  private final long side;

  ImageNetwork(long side) {
    this.side = side;
  }

  @Override
  public final List<InputSpec.Generated> inputs() {
    return Network.input(1, 3, side, side);
  }

  @Override
  public final int calibrationSamples() {
    return CALIBRATION_SAMPLES;
  }

  @Override
  public final List<Tensor> forward(Layers layers, List<Tensor> inputs) {
    return List.of(classes(layers, inputs.getFirst()));
  }

  /** From images to a score for each class. */
  abstract Tensor classes(Layers layers, Tensor images);
}
