package io.github.narthex;

import static io.github.narthex.OperatorCalls.call;

/**
 * Pooling of floating-point tensors: N x C x L, N x C x H x W or N x C x D x H x W, where N may be
 * missing. Where one number is given for a window, it is the size in each direction.
 *
 * <p>Each method returns a new tensor of the same dtype in the arena of {@code this}. It throws
 * {@link OperatorException} with libtorch's reason if shape or dtype do not fit, {@link
 * UnsupportedException} where libtorch has no code for the dtype, {@link IllegalStateException} for
 * a closed tensor and {@link WrongThreadException} for one of another thread's confined arena.
 */
public sealed interface PoolingOperators permits Tensor {
  /** The largest of each window along L, with negative infinity as padding. */
  default Tensor maxPool1d(long kernel, long stride, long padding) {
    return call("aten::max_pool1d", self(), Value.of(kernel), Value.of(stride), Value.of(padding));
  }

  /** The largest of each square window, with negative infinity as padding. */
  default Tensor maxPool2d(long kernel, long stride, long padding) {
    return call("aten::max_pool2d", self(), Value.of(kernel), Value.of(stride), Value.of(padding));
  }

  /**
   * {@link #maxPool2d(long, long, long)} with height and width apart.
   *
   * @param ceilMode whether a last window that is not whole counts
   */
  default Tensor maxPool2d(
      long[] kernel, long[] stride, long[] padding, long[] dilation, boolean ceilMode) {
    return call(
        "aten::max_pool2d",
        self(),
        Value.of(kernel),
        Value.of(stride),
        Value.of(padding),
        Value.of(dilation),
        Value.of(ceilMode));
  }

  /** The largest of each cubic window, with negative infinity as padding. */
  default Tensor maxPool3d(long kernel, long stride, long padding) {
    return call("aten::max_pool3d", self(), Value.of(kernel), Value.of(stride), Value.of(padding));
  }

  /** The mean of each window along L; zeros of the padding count. */
  default Tensor avgPool1d(long kernel, long stride, long padding) {
    return call("aten::avg_pool1d", self(), Value.of(kernel), Value.of(stride), Value.of(padding));
  }

  /** The mean of each square window; zeros of the padding count. */
  default Tensor avgPool2d(long kernel, long stride, long padding) {
    return call("aten::avg_pool2d", self(), Value.of(kernel), Value.of(stride), Value.of(padding));
  }

  /**
   * {@link #avgPool2d(long, long, long)} with height and width apart.
   *
   * @param ceilMode whether a last window that is not whole counts
   * @param countsPadding whether the padding's zeros are among what is averaged
   */
  default Tensor avgPool2d(
      long[] kernel, long[] stride, long[] padding, boolean ceilMode, boolean countsPadding) {
    return call(
        "aten::avg_pool2d",
        self(),
        Value.of(kernel),
        Value.of(stride),
        Value.of(padding),
        Value.of(ceilMode),
        Value.of(countsPadding));
  }

  /** The mean of each cubic window; zeros of the padding count. */
  default Tensor avgPool3d(long kernel, long stride, long padding) {
    return call("aten::avg_pool3d", self(), Value.of(kernel), Value.of(stride), Value.of(padding));
  }

  /** Averages to N x C x length whatever the input's length. */
  default Tensor adaptiveAvgPool1d(long length) {
    return call("aten::adaptive_avg_pool1d", self(), Value.of(length));
  }

  /** Averages to N x C x height x width whatever the input's size. */
  default Tensor adaptiveAvgPool2d(long height, long width) {
    return call("aten::adaptive_avg_pool2d", self(), Value.of(new long[] {height, width}));
  }

  /** The largest, to N x C x height x width whatever the input's size. */
  default Tensor adaptiveMaxPool2d(long height, long width) {
    return call("aten::adaptive_max_pool2d", self(), Value.of(new long[] {height, width}));
  }

  private Tensor self() {
    return (Tensor) this;
  }
}
