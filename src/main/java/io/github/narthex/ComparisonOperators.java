package io.github.narthex;

import static io.github.narthex.OperatorCalls.call;
import static io.github.narthex.OperatorCalls.scalar;

/**
 * Comparison, logic and choice for each element; shapes are broadcast as in {@link
 * ArithmeticOperators}. Where nothing else is said, the result is a new bool tensor in the arena of
 * {@code this}.
 *
 * <p>Each method throws {@link OperatorException} with libtorch's reason if shapes or dtypes do not
 * fit, {@link IllegalArgumentException} for a {@link Number} that is not an int, long, float or
 * double, {@link UnsupportedException} where libtorch has no code for the dtype, {@link
 * IllegalStateException} for a closed tensor and {@link WrongThreadException} for one of another
 * thread's confined arena.
 */
public sealed interface ComparisonOperators permits Tensor {
  /** Whether equal; NaN equals nothing. */
  default Tensor eq(Tensor other) {
    return call("aten::eq.Tensor", self(), Value.of(other));
  }

  /** Whether equal; NaN equals nothing. */
  default Tensor eq(Number other) {
    return call("aten::eq.Scalar", self(), scalar(other));
  }

  /** Whether not equal; NaN is not equal to anything. */
  default Tensor ne(Tensor other) {
    return call("aten::ne.Tensor", self(), Value.of(other));
  }

  /** Whether not equal; NaN is not equal to anything. */
  default Tensor ne(Number other) {
    return call("aten::ne.Scalar", self(), scalar(other));
  }

  /** {@code this < other}. */
  default Tensor lt(Tensor other) {
    return call("aten::lt.Tensor", self(), Value.of(other));
  }

  /** {@code this < other}. */
  default Tensor lt(Number other) {
    return call("aten::lt.Scalar", self(), scalar(other));
  }

  /** {@code this <= other}. */
  default Tensor le(Tensor other) {
    return call("aten::le.Tensor", self(), Value.of(other));
  }

  /** {@code this <= other}. */
  default Tensor le(Number other) {
    return call("aten::le.Scalar", self(), scalar(other));
  }

  /** {@code this > other}. */
  default Tensor gt(Tensor other) {
    return call("aten::gt.Tensor", self(), Value.of(other));
  }

  /** {@code this > other}. */
  default Tensor gt(Number other) {
    return call("aten::gt.Scalar", self(), scalar(other));
  }

  /** {@code this >= other}. */
  default Tensor ge(Tensor other) {
    return call("aten::ge.Tensor", self(), Value.of(other));
  }

  /** {@code this >= other}. */
  default Tensor ge(Number other) {
    return call("aten::ge.Scalar", self(), scalar(other));
  }

  /** Whether both are not zero. */
  default Tensor logicalAnd(Tensor other) {
    return call("aten::logical_and", self(), Value.of(other));
  }

  /** Whether one or both are not zero. */
  default Tensor logicalOr(Tensor other) {
    return call("aten::logical_or", self(), Value.of(other));
  }

  /** Whether exactly one is not zero. */
  default Tensor logicalXor(Tensor other) {
    return call("aten::logical_xor", self(), Value.of(other));
  }

  /** Whether zero. */
  default Tensor logicalNot() {
    return call("aten::logical_not", self());
  }

  /** Whether NaN. */
  default Tensor isnan() {
    return call("aten::isnan", self());
  }

  /** Whether infinite, of either sign. */
  default Tensor isinf() {
    return call("aten::isinf", self());
  }

  /** Whether neither infinite nor NaN. */
  default Tensor isfinite() {
    return call("aten::isfinite", self());
  }

  /**
   * This where {@code condition} is true, else {@code other}; in the dtype that both are promoted
   * to.
   *
   * @param condition bool
   */
  default Tensor where(Tensor condition, Tensor other) {
    Tensor self = self();
    return Operator.of("aten::where.self")
        .tensor(self.arena(), Value.of(condition), Value.of(self), Value.of(other));
  }

  /**
   * This where {@code condition} is true, else {@code other}.
   *
   * @param condition bool
   */
  default Tensor where(Tensor condition, Number other) {
    Tensor self = self();
    return Operator.of("aten::where.ScalarOther")
        .tensor(self.arena(), Value.of(condition), Value.of(self), scalar(other));
  }

  private Tensor self() {
    return (Tensor) this;
  }
}
