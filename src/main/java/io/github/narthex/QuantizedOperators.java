package io.github.narthex;

import static io.github.narthex.OperatorCalls.call;

import java.util.List;
import java.util.Optional;

/**
 * What quantised elements stand for. Each method throws {@link IllegalStateException} for a closed
 * tensor and {@link WrongThreadException} for one of another thread's confined arena.
 */
public sealed interface QuantizedOperators permits Tensor {
  /** The numbers that the elements stand for, as float32; of a tensor that is float32, itself. */
  default Tensor dequantize() {
    return call("aten::dequantize.self", (Tensor) this);
  }

  /**
   * The integers that are stored, as a new tensor of uint8, int8 or int32.
   *
   * @throws UnsupportedException if the tensor is not quantised
   */
  default Tensor storedIntegers() {
    return call("aten::int_repr", (Tensor) this);
  }

  /**
   * The scale and zero point of all elements; empty where they differ between the channels of one
   * dimension ({@code aten::q_per_channel_scales} tells them), or the tensor is not quantised.
   */
  default Optional<Quantization> quantization() {
    ((Tensor) this).noteRead(true);
    Tensor self = ((Tensor) this).untraced();
    if (!self.dtype().isQuantized() || integer("aten::qscheme", self) != 0) { // per tensor, affine
      return Optional.empty();
    }
    double scale =
        switch (result("aten::q_scale", self)) {
          case Value.OfDouble(double number) -> number;
          case Value other -> throw new AssertionError("not a number: " + other);
        };
    return Optional.of(new Quantization(scale, integer("aten::q_zero_point", self)));
  }

  private static long integer(String operator, Tensor self) {
    return switch (result(operator, self)) {
      case Value.OfInt(long number) -> number;
      case Value other -> throw new AssertionError("not an integer: " + other);
    };
  }

  private static Value result(String operator, Tensor self) {
    List<Value> results = Operator.of(operator).call(self.arena(), Value.of(self));
    return results.getFirst();
  }
}
