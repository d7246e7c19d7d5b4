package io.github.narthex;

import static io.github.narthex.OperatorCalls.call;

/**
 * Complex numbers as pairs of real ones and back: how Java gets at their parts. Each method throws
 * {@link OperatorException} for a tensor of another kind, {@link IllegalStateException} for a
 * closed one and {@link WrongThreadException} for one of another thread's confined arena.
 */
public sealed interface ComplexOperators permits Tensor {
  /**
   * A view of complex numbers with one more dimension, of 2, at the end: the real and the imaginary
   * part. float32 for complex64, float64 for complex128.
   */
  default Tensor viewAsReal() {
    // A conjugate may be one by a mark alone, which has no view of this kind.
    return call("aten::view_as_real", call("aten::resolve_conj", (Tensor) this));
  }

  /**
   * A view of pairs of real numbers, in a last dimension of 2, as complex ones: complex64 of
   * float32, complex128 of float64.
   */
  default Tensor viewAsComplex() {
    return call("aten::view_as_complex", (Tensor) this);
  }
}
