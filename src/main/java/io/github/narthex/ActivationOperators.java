package io.github.narthex;

import static io.github.narthex.OperatorCalls.call;

/**
 * Activation functions for each element, and softmax along a dimension.
 *
 * <p>Each method returns a new tensor of the same shape and dtype in the arena of {@code this}. It
 * throws {@link OperatorException} with libtorch's reason if the dtype does not fit (most want
 * floating-point numbers) or there is no such dimension, {@link UnsupportedException} where
 * libtorch has no code for the dtype, {@link IllegalStateException} for a closed tensor and {@link
 * WrongThreadException} for one of another thread's confined arena.
 */
public sealed interface ActivationOperators permits Tensor {
  /** {@code max(x, 0)}; of integers too. */
  default Tensor relu() {
    return call("aten::relu", self());
  }

  /** {@code x} where positive, else {@code x * slope}. */
  default Tensor leakyRelu(double slope) {
    return call("aten::leaky_relu", self(), Value.of(slope));
  }

  /** {@code x} where positive, else {@code alpha * (exp(x) - 1)}. */
  default Tensor elu(double alpha) {
    return call("aten::elu", self(), Value.of(alpha));
  }

  /** {@code x} times the normal distribution function of {@code x}. */
  default Tensor gelu() {
    return call("aten::gelu", self());
  }

  /** {@link #gelu} by the approximation with tanh, which GPT-2 and BERT's first code have. */
  default Tensor geluTanh() {
    return call("aten::gelu", self(), Value.of("tanh"));
  }

  /** {@code x * sigmoid(x)}, also called swish. */
  default Tensor silu() {
    return call("aten::silu", self());
  }

  /** {@code 1 / (1 + exp(-x))}; float32 of integers. */
  default Tensor sigmoid() {
    return call("aten::sigmoid", self());
  }

  /** The hyperbolic tangent; float32 of integers. */
  default Tensor tanh() {
    return call("aten::tanh", self());
  }

  /** {@code log(1 + exp(x))}. */
  default Tensor softplus() {
    return call("aten::softplus", self());
  }

  /** {@code x * clamp(x + 3, 0, 6) / 6}. */
  default Tensor hardswish() {
    return call("aten::hardswish", self());
  }

  /** {@code clamp(x + 3, 0, 6) / 6}. */
  default Tensor hardsigmoid() {
    return call("aten::hardsigmoid", self());
  }

  /** {@code exp(x)} divided by its sum along a dimension, without overflow. */
  default Tensor softmax(long dim) {
    return call("aten::softmax.int", self(), Value.of(dim));
  }

  /** The logarithm of {@link #softmax}, without overflow. */
  default Tensor logSoftmax(long dim) {
    return call("aten::log_softmax.int", self(), Value.of(dim));
  }

  private Tensor self() {
    return (Tensor) this;
  }
}
