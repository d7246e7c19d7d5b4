package io.github.narthex;

import static io.github.narthex.OperatorCalls.call;
import static io.github.narthex.OperatorCalls.optional;
import static io.github.narthex.OperatorCalls.scalar;

import org.jspecify.annotations.Nullable;

/**
 * Arithmetic for each element.
 *
 * <p>Two shapes are broadcast: dimensions are matched from the last on, and one that is 1 or
 * missing is repeated. Two dtypes are promoted: floating-point before integer before bool, then the
 * wider. A number is an int, long, float or double; it does not widen the tensor's dtype, but a
 * floating-point number turns a tensor of integers into float32. Operators that have no whole
 * result (division, {@code exp}, …) do so too.
 *
 * <p>Each method returns a new tensor in the arena of {@code this}. It throws {@link
 * OperatorException} with libtorch's reason if shapes or dtypes do not fit, {@link
 * IllegalArgumentException} for a {@link Number} of another class, {@link UnsupportedException}
 * where libtorch has no code for the dtype, {@link IllegalStateException} for a closed tensor and
 * {@link WrongThreadException} for one of another thread's confined arena.
 */
public sealed interface ArithmeticOperators permits Tensor {
  /** {@code this + other}. */
  default Tensor add(Tensor other) {
    return call("aten::add.Tensor", self(), Value.of(other));
  }

  /** {@code this + other}. */
  default Tensor add(Number other) {
    return call("aten::add.Scalar", self(), scalar(other));
  }

  /** {@code this - other}. */
  default Tensor sub(Tensor other) {
    return call("aten::sub.Tensor", self(), Value.of(other));
  }

  /** {@code this - other}. */
  default Tensor sub(Number other) {
    return call("aten::sub.Scalar", self(), scalar(other));
  }

  /** {@code this * other}. */
  default Tensor mul(Tensor other) {
    return call("aten::mul.Tensor", self(), Value.of(other));
  }

  /** {@code this * other}. */
  default Tensor mul(Number other) {
    return call("aten::mul.Scalar", self(), scalar(other));
  }

  /** {@code this / other}, of integers too. */
  default Tensor div(Tensor other) {
    return call("aten::div.Tensor", self(), Value.of(other));
  }

  /** {@code this / other}, of integers too. */
  default Tensor div(Number other) {
    return call("aten::div.Scalar", self(), scalar(other));
  }

  /** The largest whole number that is not above {@code this / other}; integers stay integers. */
  default Tensor floorDivide(Tensor other) {
    return call("aten::floor_divide", self(), Value.of(other));
  }

  /** The largest whole number that is not above {@code this / other}; integers stay integers. */
  default Tensor floorDivide(Number other) {
    return call("aten::floor_divide.Scalar", self(), scalar(other));
  }

  /** What {@link #floorDivide(Tensor)} leaves, with the sign of {@code other}. */
  default Tensor remainder(Tensor other) {
    return call("aten::remainder.Tensor", self(), Value.of(other));
  }

  /** What {@link #floorDivide(Number)} leaves, with the sign of {@code other}. */
  default Tensor remainder(Number other) {
    return call("aten::remainder.Scalar", self(), scalar(other));
  }

  /** {@code this} to the power of {@code exponent}. */
  default Tensor pow(Tensor exponent) {
    return call("aten::pow.Tensor_Tensor", self(), Value.of(exponent));
  }

  /** {@code this} to the power of {@code exponent}. */
  default Tensor pow(Number exponent) {
    return call("aten::pow.Tensor_Scalar", self(), scalar(exponent));
  }

  /** The larger of the two; NaN if one is NaN. */
  default Tensor maximum(Tensor other) {
    return call("aten::maximum", self(), Value.of(other));
  }

  /** The smaller of the two; NaN if one is NaN. */
  default Tensor minimum(Tensor other) {
    return call("aten::minimum", self(), Value.of(other));
  }

  /** Brought into the range from {@code min} to {@code max}; null leaves that side open. */
  default Tensor clamp(@Nullable Number min, @Nullable Number max) {
    return call("aten::clamp", self(), optional(min), optional(max));
  }

  /** Brought into the range from {@code min} to {@code max}; null leaves that side open. */
  default Tensor clamp(@Nullable Tensor min, @Nullable Tensor max) {
    return call("aten::clamp.Tensor", self(), optional(min), optional(max));
  }

  /** {@code -this}; not of bool. */
  default Tensor neg() {
    return call("aten::neg", self());
  }

  /** Without the sign. */
  default Tensor abs() {
    return call("aten::abs", self());
  }

  /** -1, 0 or 1. */
  default Tensor sign() {
    return call("aten::sign", self());
  }

  /** The largest whole number that is not above. */
  default Tensor floor() {
    return call("aten::floor", self());
  }

  /** The smallest whole number that is not below. */
  default Tensor ceil() {
    return call("aten::ceil", self());
  }

  /** The nearest whole number; of two, the even one. */
  default Tensor round() {
    return call("aten::round", self());
  }

  /** e to the power of {@code this}. */
  default Tensor exp() {
    return call("aten::exp", self());
  }

  /** The natural logarithm. */
  default Tensor log() {
    return call("aten::log", self());
  }

  /** The square root. */
  default Tensor sqrt() {
    return call("aten::sqrt", self());
  }

  /** {@code 1 / sqrt(this)}. */
  default Tensor rsqrt() {
    return call("aten::rsqrt", self());
  }

  /** {@code 1 / this}. */
  default Tensor reciprocal() {
    return call("aten::reciprocal", self());
  }

  /** The sine, of radians. */
  default Tensor sin() {
    return call("aten::sin", self());
  }

  /** The cosine, of radians. */
  default Tensor cos() {
    return call("aten::cos", self());
  }

  private Tensor self() {
    return (Tensor) this;
  }
}
