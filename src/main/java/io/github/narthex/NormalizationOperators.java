package io.github.narthex;

import static io.github.narthex.OperatorCalls.call;
import static io.github.narthex.OperatorCalls.optional;

import org.jspecify.annotations.Nullable;

/**
 * Normalisation of floating-point tensors: less the mean, divided by the root of variance plus
 * epsilon, times weight, plus bias. A weight or bias that is null is left out.
 *
 * <p>Each method returns a new tensor of the same shape and dtype in the arena of {@code this}. It
 * throws {@link OperatorException} with libtorch's reason if shapes or dtypes do not fit, {@link
 * UnsupportedException} where libtorch has no code for the dtype, {@link IllegalStateException} for
 * a closed tensor and {@link WrongThreadException} for one of another thread's confined arena.
 */
public sealed interface NormalizationOperators permits Tensor {
  /** Of N x C x … by fixed statistics for each channel, as in evaluation mode; all others are C. */
  default Tensor batchNorm(
      @Nullable Tensor weight,
      @Nullable Tensor bias,
      Tensor mean,
      Tensor variance,
      double epsilon) {
    return call(
        "aten::batch_norm",
        self(),
        optional(weight),
        optional(bias),
        Value.of(mean),
        Value.of(variance),
        Value.of(false),
        Value.of(0.1),
        Value.of(epsilon),
        Value.of(false));
  }

  /**
   * Over the last dimensions.
   *
   * @param normalizedShape their sizes, which weight and bias have too
   */
  default Tensor layerNorm(
      long[] normalizedShape, @Nullable Tensor weight, @Nullable Tensor bias, double epsilon) {
    return call(
        "aten::layer_norm",
        self(),
        Value.of(normalizedShape),
        optional(weight),
        optional(bias),
        Value.of(epsilon));
  }

  /** Of N x C x … over each of so many groups of channels; weight and bias are C. */
  default Tensor groupNorm(
      long groups, @Nullable Tensor weight, @Nullable Tensor bias, double epsilon) {
    return call(
        "aten::group_norm",
        self(),
        Value.of(groups),
        optional(weight),
        optional(bias),
        Value.of(epsilon));
  }

  /** Of N x C x … over each channel of each item by itself; weight and bias are C. */
  default Tensor instanceNorm(@Nullable Tensor weight, @Nullable Tensor bias, double epsilon) {
    return call(
        "aten::instance_norm",
        self(),
        optional(weight),
        optional(bias),
        Value.none(),
        Value.none(),
        Value.of(true),
        Value.of(0.1),
        Value.of(epsilon),
        Value.of(false));
  }

  /**
   * Over the last dimensions by the root of the mean square plus epsilon: no mean is taken off.
   *
   * @param normalizedShape their sizes, which the weight has too
   */
  default Tensor rmsNorm(long[] normalizedShape, @Nullable Tensor weight, double epsilon) {
    return call(
        "aten::rms_norm", self(), Value.of(normalizedShape), optional(weight), Value.of(epsilon));
  }

  private Tensor self() {
    return (Tensor) this;
  }
}
