package io.github.narthex;

import java.lang.foreign.Arena;

/**
 * Whether two tensors hold the same. {@link Object#equals} stays identity: the elements of a tensor
 * change, may lie on another device and end with its arena, so that sets and maps of tensors would
 * break if it compared them; and it could tell neither tolerance nor cost.
 *
 * <p>Each method throws {@link IllegalStateException} for a closed tensor and {@link
 * WrongThreadException} for one of another thread's confined arena.
 */
public sealed interface EqualityChecks permits Tensor {
  /**
   * Whether the other has the same dtype, the same shape, and in each place the same bits: NaN is
   * the same as NaN, and 0 not the same as -0. Quantised tensors must agree in scale and zero point
   * too. Layout in memory does not matter.
   *
   * @throws OperatorException if the tensors are on different devices
   */
  default boolean sameElements(Tensor other) {
    Tensor self = (Tensor) this;
    self.noteRead(false);
    other.noteRead(false);
    return self.handle().isSame(other.handle());
  }

  /**
   * Whether the other has the same shape and {@code |this - other| <= absolute + relative *
   * |other|} in each place. Infinity is close to itself alone, NaN to nothing. Where the dtypes are
   * not both float32, elements are compared as float64, or as complex128 if some are complex.
   *
   * @param relative as a factor: 1e-5 is 0.001 %
   * @throws IllegalArgumentException if a tolerance is negative or NaN
   * @throws OperatorException if the tensors are on different devices
   */
  default boolean allClose(Tensor other, double relative, double absolute) {
    if (!(relative >= 0) || !(absolute >= 0)) {
      throw new IllegalArgumentException(
          "expected tolerances of at least 0, got %s relative and %s absolute"
              .formatted(relative, absolute));
    }
    Tensor self = (Tensor) this;
    self.noteRead(false);
    other.noteRead(false);
    if (!self.shape().equals(other.shape())) {
      return false;
    }
    DType common = common(self.dtype(), other.dtype());
    try (Arena passing = Arena.ofConfined()) {
      Value close =
          Operator.of("aten::allclose")
              .call(
                  passing,
                  Value.of(converted(passing, self, common)),
                  Value.of(converted(passing, other, common)),
                  Value.of(relative),
                  Value.of(absolute))
              .getFirst();
      return close.equals(Value.of(true));
    }
  }

  private static DType common(DType one, DType other) {
    if (one == DType.FLOAT32 && other == DType.FLOAT32) {
      return DType.FLOAT32;
    }
    return one.isComplex() || other.isComplex() ? DType.COMPLEX128 : DType.FLOAT64;
  }

  private static Tensor converted(Arena passing, Tensor tensor, DType dtype) {
    Tensor plain = tensor.untraced();
    if (plain.dtype() == dtype) {
      return plain;
    }
    if (plain.dtype().isQuantized()) {
      plain = Operator.of("aten::dequantize.self").tensor(passing, Value.of(plain));
    }
    return Operator.of("aten::to.dtype").tensor(passing, Value.of(plain), Value.of(dtype));
  }
}
