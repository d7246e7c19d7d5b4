package io.github.narthex.models;

/** What a two-dimensional convolution is, but for its weights; kernels are square. */
record Conv(
    int inputs, int outputs, int kernel, int stride, int padding, int groups, boolean hasBias) {
  /** Without bias; keeps the size where the stride is 1. */
  static Conv of(int inputs, int outputs, int kernel, int stride) {
    return new Conv(inputs, outputs, kernel, stride, kernel / 2, 1, false);
  }

  /** 3 x 3 pixels of each channel by itself. */
  static Conv depthwise(int channels, int stride) {
    return new Conv(channels, channels, 3, stride, 1, channels, false);
  }

  /** Each pixel by itself. */
  static Conv pointwise(int inputs, int outputs) {
    return of(inputs, outputs, 1, 1);
  }

  /** With bias, of squares that lie side by side. */
  static Conv patches(int inputs, int outputs, int side) {
    return new Conv(inputs, outputs, side, side, 0, 1, true);
  }
}
