package io.github.narthex;

import java.util.Optional;

/** Recognises images that lie as height x width x channels, as most image libraries give them. */
final class LayoutHint {
  private static final long MAX_CHANNELS = 4;

  private LayoutHint() {}

  static Optional<String> of(Shape shape) {
    int rank = shape.rank();
    if (rank != 3 && rank != 4) {
      return Optional.empty();
    }
    long channels = shape.dim(rank - 1);
    long height = shape.dim(rank - 3);
    long width = shape.dim(rank - 2);
    boolean isChannelsLast =
        channels >= 1 && channels <= MAX_CHANNELS && height > MAX_CHANNELS && width > MAX_CHANNELS;
    if (!isChannelsLast) {
      return Optional.empty();
    }
    Shape expected = Shape.of(rank == 4 ? shape.dim(0) : 1, channels, height, width);
    return Optional.of(
        "the input %s looks like an image as height x width x channels; PyTorch's convolutions take"
                .formatted(shape)
            + " N x channels x height x width, here "
            + expected);
  }
}
