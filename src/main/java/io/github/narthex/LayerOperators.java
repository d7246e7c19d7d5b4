package io.github.narthex;

import static io.github.narthex.OperatorCalls.call;
import static io.github.narthex.OperatorCalls.optional;

import org.jspecify.annotations.Nullable;

/**
 * The operators that a network's layers with weights are made of: products, convolutions,
 * embedding, attention, and changes of an image's size. Shapes are PyTorch's: N is the batch, C are
 * channels, images are N x C x H x W. All tensors of a call have one floating-point dtype, the
 * result's, where nothing else is said.
 *
 * <p>Each method returns a new tensor in the arena of {@code this}. It throws {@link
 * OperatorException} with libtorch's reason if shapes or dtypes do not fit, {@link
 * UnsupportedException} where libtorch has no code for the dtype, {@link IllegalStateException} for
 * a closed tensor and {@link WrongThreadException} for one of another thread's confined arena.
 */
public sealed interface LayerOperators permits Tensor {
  /**
   * The matrix product of … x n x k and … x k x m, where the dimensions in front are broadcast; of
   * two vectors, a scalar; of a matrix and a vector, a vector.
   */
  default Tensor matmul(Tensor other) {
    return call("aten::matmul", self(), Value.of(other));
  }

  /** The matrix products of N x n x k and N x k x m. */
  default Tensor bmm(Tensor other) {
    return call("aten::bmm", self(), Value.of(other));
  }

  /** From … x in to … x out: {@code this * weight^T + bias}, weight out x in, bias out. */
  default Tensor linear(Tensor weight, @Nullable Tensor bias) {
    return call("aten::linear", self(), Value.of(weight), optional(bias));
  }

  /** {@link #conv1d(Tensor, Tensor, long, long, long, long)} without dilation or groups. */
  default Tensor conv1d(Tensor weight, @Nullable Tensor bias, long stride, long padding) {
    return conv1d(weight, bias, stride, padding, 1, 1);
  }

  /** Convolution of N x C x L by weight O x (C / groups) x kernel length, with zero padding. */
  default Tensor conv1d(
      Tensor weight, @Nullable Tensor bias, long stride, long padding, long dilation, long groups) {
    return call(
        "aten::conv1d",
        self(),
        Value.of(weight),
        optional(bias),
        Value.of(stride),
        Value.of(padding),
        Value.of(dilation),
        Value.of(groups));
  }

  /** {@link #conv2d(Tensor, Tensor, long, long, long, long)} without dilation or groups. */
  default Tensor conv2d(Tensor weight, @Nullable Tensor bias, long stride, long padding) {
    return conv2d(weight, bias, stride, padding, 1, 1);
  }

  /**
   * Convolution of N x C x H x W by weight O x (C / groups) x kernel height x kernel width, with
   * zero padding.
   */
  default Tensor conv2d(
      Tensor weight, @Nullable Tensor bias, long stride, long padding, long dilation, long groups) {
    return call(
        "aten::conv2d",
        self(),
        Value.of(weight),
        optional(bias),
        Value.of(stride),
        Value.of(padding),
        Value.of(dilation),
        Value.of(groups));
  }

  /** {@link #conv2d(Tensor, Tensor, long, long, long, long)} with height and width apart. */
  default Tensor conv2d(
      Tensor weight,
      @Nullable Tensor bias,
      long[] stride,
      long[] padding,
      long[] dilation,
      long groups) {
    return call(
        "aten::conv2d",
        self(),
        Value.of(weight),
        optional(bias),
        Value.of(stride),
        Value.of(padding),
        Value.of(dilation),
        Value.of(groups));
  }

  /**
   * Convolution of N x C x D x H x W by weight O x (C / groups) x kernel depth x height x width,
   * with zero padding.
   */
  default Tensor conv3d(
      Tensor weight, @Nullable Tensor bias, long stride, long padding, long dilation, long groups) {
    return call(
        "aten::conv3d",
        self(),
        Value.of(weight),
        optional(bias),
        Value.of(stride),
        Value.of(padding),
        Value.of(dilation),
        Value.of(groups));
  }

  /** {@link #convTranspose2d(Tensor, Tensor, long, long, long, long, long)}, the plain one. */
  default Tensor convTranspose2d(Tensor weight, @Nullable Tensor bias, long stride, long padding) {
    return convTranspose2d(weight, bias, stride, padding, 0, 1, 1);
  }

  /**
   * Transposed convolution of N x C x H x W by weight C x (O / groups) x kernel height x kernel
   * width.
   *
   * @param outputPadding added to one side of the result's height and width
   */
  default Tensor convTranspose2d(
      Tensor weight,
      @Nullable Tensor bias,
      long stride,
      long padding,
      long outputPadding,
      long dilation,
      long groups) {
    return call(
        "aten::conv_transpose2d.input",
        self(),
        Value.of(weight),
        optional(bias),
        Value.of(stride),
        Value.of(padding),
        Value.of(outputPadding),
        Value.of(groups),
        Value.of(dilation));
  }

  /**
   * The rows of a table that these indices (int32 or int64) tell: from … to … x width.
   *
   * @param weight the table, rows x width
   */
  default Tensor embedding(Tensor weight) {
    Tensor self = self();
    return Operator.of("aten::embedding").tensor(self.arena(), Value.of(weight), Value.of(self));
  }

  /** Attention without a mask, scaled by the root of the queries' width. */
  default Tensor scaledDotProductAttention(Tensor key, Tensor value) {
    return scaledDotProductAttention(key, value, null, false, null);
  }

  /**
   * {@code softmax(this * key^T * scale + mask) * value}; this holds the queries, … x L x width,
   * the key is … x S x width and the value … x S x W.
   *
   * @param mask broadcast to … x L x S: bool, false where a query must not look, or added to the
   *     scores
   * @param isCausal whether a query looks at keys up to its own position only; excludes a mask
   * @param scale null for one divided by the root of the width
   */
  default Tensor scaledDotProductAttention(
      Tensor key, Tensor value, @Nullable Tensor mask, boolean isCausal, @Nullable Double scale) {
    return call(
        "aten::scaled_dot_product_attention",
        self(),
        Value.of(key),
        Value.of(value),
        optional(mask),
        Value.of(0.0),
        Value.of(isCausal),
        optional(scale));
  }

  /**
   * An image of another size: from N x C x H x W to N x C x height x width; floating-point or
   * uint8.
   *
   * @param mode how elements between others are made
   */
  default Tensor interpolate(long height, long width, Interpolation mode) {
    return interpolate(height, width, mode, false);
  }

  /**
   * As {@link #interpolate(long, long, Interpolation)}.
   *
   * @param alignCorners whether the corner elements' centres stay in the corners; not for modes of
   *     the nearest element
   * @throws IllegalArgumentException if the mode has no {@code alignCorners}
   */
  default Tensor interpolate(long height, long width, Interpolation mode, boolean alignCorners) {
    Value size = Value.of(new long[] {height, width});
    if (mode.alignsCorners()) {
      return call(mode.operator(), self(), size, Value.of(alignCorners));
    }
    if (alignCorners) {
      throw new IllegalArgumentException(mode + " can't align corners");
    }
    return call(mode.operator(), self(), size);
  }

  private Tensor self() {
    return (Tensor) this;
  }
}
