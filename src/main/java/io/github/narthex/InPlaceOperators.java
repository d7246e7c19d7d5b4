package io.github.narthex;

import static io.github.narthex.OperatorCalls.inPlace;
import static io.github.narthex.OperatorCalls.optional;
import static io.github.narthex.OperatorCalls.scalar;

import org.jspecify.annotations.Nullable;

/**
 * Operators that write their result over {@code this} and return it. Everything that shares its
 * memory sees the change: views, segments, models whose weight it is. {@code this} keeps its shape
 * (the other is broadcast to it) and dtype; the dtype that both are promoted to must not be of a
 * higher kind (floating-point, integer, bool).
 *
 * <p>Any tensor can be changed so, a model's result too. In a {@link Trace}, a tensor of the trace
 * can be: the model then does the same, and writes to its caller's input if it was {@link
 * Trace#input} itself.
 *
 * <p>Each method throws {@link OperatorException} with libtorch's reason if shape or dtype do not
 * fit, or elements share memory (after {@link ShapeOperators#expand}); {@link
 * IllegalArgumentException} for a {@link Number} that is not an int, long, float or double, and if
 * the other belongs to a trace but {@code this} does not; {@link UnsupportedException} where
 * libtorch has no code for the dtype, {@link IllegalStateException} for a closed tensor and {@link
 * WrongThreadException} for one of another thread's confined arena.
 */
public sealed interface InPlaceOperators permits Tensor {
  /** {@code this += other}. */
  default Tensor addInPlace(Tensor other) {
    return inPlace("aten::add_.Tensor", self(), Value.of(other));
  }

  /** {@code this += other}. */
  default Tensor addInPlace(Number other) {
    return inPlace("aten::add_.Scalar", self(), scalar(other));
  }

  /** {@code this -= other}. */
  default Tensor subInPlace(Tensor other) {
    return inPlace("aten::sub_.Tensor", self(), Value.of(other));
  }

  /** {@code this -= other}. */
  default Tensor subInPlace(Number other) {
    return inPlace("aten::sub_.Scalar", self(), scalar(other));
  }

  /** {@code this *= other}. */
  default Tensor mulInPlace(Tensor other) {
    return inPlace("aten::mul_.Tensor", self(), Value.of(other));
  }

  /** {@code this *= other}. */
  default Tensor mulInPlace(Number other) {
    return inPlace("aten::mul_.Scalar", self(), scalar(other));
  }

  /** {@code this /= other}, of floating-point numbers. */
  default Tensor divInPlace(Tensor other) {
    return inPlace("aten::div_.Tensor", self(), Value.of(other));
  }

  /** {@code this /= other}, of floating-point numbers. */
  default Tensor divInPlace(Number other) {
    return inPlace("aten::div_.Scalar", self(), scalar(other));
  }

  /** Brought into the range from {@code min} to {@code max}; null leaves that side open. */
  default Tensor clampInPlace(@Nullable Number min, @Nullable Number max) {
    return inPlace("aten::clamp_", self(), optional(min), optional(max));
  }

  /** {@code max(this, 0)}. */
  default Tensor reluInPlace() {
    return inPlace("aten::relu_", self());
  }

  private Tensor self() {
    return (Tensor) this;
  }
}
