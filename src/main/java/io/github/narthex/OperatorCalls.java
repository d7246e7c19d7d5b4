package io.github.narthex;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** How the typed methods of {@link Tensor} call operators: results live in the arena of self. */
final class OperatorCalls {
  private OperatorCalls() {}

  /** Calls an operator that returns a tensor. */
  static Tensor call(String operator, Tensor self, Value... arguments) {
    return Operator.of(operator).tensor(self.arena(), with(self, arguments));
  }

  /** Calls an operator that returns a list of tensors. */
  static List<Tensor> list(String operator, Tensor self, Value... arguments) {
    return Operator.of(operator).call(self.arena(), with(self, arguments)).getFirst().tensors();
  }

  /** Calls an operator that returns values and where they were. */
  static ValuesAndIndices withIndices(String operator, Tensor self, Value... arguments) {
    List<Value> results = Operator.of(operator).call(self.arena(), with(self, arguments));
    return new ValuesAndIndices(results.get(0).tensor(), results.get(1).tensor());
  }

  /** Calls an operator that writes to self. */
  static Tensor inPlace(String operator, Tensor self, Value... arguments) {
    Operator.of(operator).callInPlace(self.arena(), with(self, arguments));
    return self;
  }

  /** A tensor, or none. */
  static Value optional(@Nullable Tensor tensor) {
    return tensor == null ? Value.none() : Value.of(tensor);
  }

  /** A number, or none. */
  static Value optional(@Nullable Number number) {
    return number == null ? Value.none() : scalar(number);
  }

  /** Integers stay integers: they do not turn a tensor of integers into one of fractions. */
  static Value scalar(Number number) {
    return switch (number) {
      case Integer _, Long _, Short _, Byte _ -> Value.of(number.longValue());
      case Double _, Float _ -> Value.of(number.doubleValue());
      default ->
          throw new IllegalArgumentException(
              "expected an int, long, float or double, got a " + number.getClass().getName());
    };
  }

  /** Dimensions; none of them stands for all. */
  static Value dims(long... dims) {
    return dims.length == 0 ? Value.none() : Value.of(dims);
  }

  private static Value[] with(Tensor self, Value... arguments) {
    Value[] all = new Value[arguments.length + 1];
    all[0] = Value.of(self);
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return all;
  }
}
