package io.github.narthex;

import io.github.narthex.internal.torch.Arenas;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A model traced from a function, which can be held against that function.
 *
 * <pre>{@code
 * Model model = Trace.of(arena, weights, network, example).check(1e-5, another).model();
 * }</pre>
 */
public final class Traced {
  private final Model model;
  private final List<String> warnings;
  private final Weights weights;
  private final TraceFunction function;

  Traced(Model model, List<String> warnings, Weights weights, TraceFunction function) {
    this.model = model;
    this.warnings = warnings;
    this.weights = weights;
    this.function = function;
  }

  /** The model, in evaluation mode. */
  public Model model() {
    return model;
  }

  /** As {@link Trace#warnings}. */
  public List<String> warnings() {
    return warnings;
  }

  /**
   * Runs the function and the model on the same inputs and compares what they return. Inputs of
   * another shape, and with other values, than the trace had show what it took for constant.
   *
   * @param tolerance how far elements of an output may be apart, as a part of that output's largest
   *     element, such as 1e-5 for float32
   * @return this
   * @throws TraceMismatchException if an output differs in its elements, shape or dtype, or in
   *     number; or if only the model fails
   * @throws IllegalArgumentException if {@code tolerance} is negative or not a number
   * @throws IllegalStateException if the model, an input or a weight is closed
   */
  public Traced check(double tolerance, Tensor... inputs) {
    if (!(tolerance >= 0)) {
      throw new IllegalArgumentException("tolerance must be at least 0, got " + tolerance);
    }
    try (Arena passing = Arena.ofConfined()) {
      Arenas.requireOpen(passing);
      List<Tensor> given = Stream.of(inputs).map(input -> input.copy(passing)).toList();
      List<Tensor> expected = function.apply(new Plain(given, weights));
      List<Tensor> actual = runModel(passing, inputs);
      if (expected.size() != actual.size()) {
        throw mismatch(
            "%d outputs, the Java code has %d".formatted(actual.size(), expected.size()), inputs);
      }
      for (int i = 0; i < expected.size(); i++) {
        String difference = difference(expected.get(i), actual.get(i), tolerance);
        if (!difference.isEmpty()) {
          throw mismatch("output " + i + " " + difference, inputs);
        }
      }
    }
    return this;
  }

  private List<Tensor> runModel(Arena passing, Tensor... inputs) {
    try {
      return model
          .forward(passing, Stream.of(inputs).map(Value::of).toArray(Value[]::new))
          .tensors();
    } catch (OperatorException e) {
      TraceMismatchException mismatch = mismatch("it fails: " + e.getMessage(), inputs);
      mismatch.initCause(e);
      throw mismatch;
    }
  }

  private static String difference(Tensor expected, Tensor actual, double tolerance) {
    if (!expected.info().equals(actual.info())) {
      return "is " + actual.info() + " instead of " + expected.info();
    }
    double[] wanted = numbers(expected);
    double[] got = numbers(actual);
    double largest = 0;
    double apart = 0;
    for (int i = 0; i < wanted.length; i++) {
      boolean isSame = Double.compare(wanted[i], got[i]) == 0 || wanted[i] == got[i];
      double distance = isSame ? 0 : Math.abs(wanted[i] - got[i]);
      apart = Math.max(apart, Double.isNaN(distance) ? Double.POSITIVE_INFINITY : distance);
      largest = Double.isFinite(wanted[i]) ? Math.max(largest, Math.abs(wanted[i])) : largest;
    }
    return apart <= tolerance * largest
        ? ""
        : "is off by %.3g, its largest element is %.3g (tolerance %.3g of that)"
            .formatted(apart, largest, tolerance);
  }

  /** The elements; of complex ones the real and imaginary parts. */
  private static double[] numbers(Tensor tensor) {
    if (!tensor.dtype().isComplex()) {
      return tensor.toDoubleArray();
    }
    double[] parts = new double[Math.multiplyExact(2, HeapTransfer.arrayLength(tensor))];
    HeapTransfer.read(tensor, DType.COMPLEX128, MemorySegment.ofArray(parts));
    return parts;
  }

  private TraceMismatchException mismatch(String what, Tensor... inputs) {
    String given =
        Stream.of(inputs).map(input -> input.info().toString()).collect(Collectors.joining(", "));
    String baked = warnings.isEmpty() ? "" : "; the trace warned: " + String.join("; ", warnings);
    return new TraceMismatchException(
        "the traced model does not compute what the Java code does, for "
            + (given.isEmpty() ? "no input" : given)
            + ": "
            + what
            + baked);
  }

  /** Operands that nothing records. */
  private record Plain(List<Tensor> inputs, Weights weights) implements Operands {
    @Override
    public Tensor input(int index) {
      return inputs.get(index);
    }

    @Override
    public Tensor weight(String name) {
      return weights.get(name);
    }
  }
}
