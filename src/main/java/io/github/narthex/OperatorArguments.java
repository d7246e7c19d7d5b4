package io.github.narthex;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of one call of an operator, in the schema's order. That they are of the schema's
 * types is checked where they are converted, in the shim.
 *
 * @param values null for one that is left out before others
 * @param trace the trace that tensors among them belong to
 */
record OperatorArguments(
    Operator operator, List<? extends @Nullable Value> values, @Nullable Trace trace) {

  /**
   * Brings arguments by position and by name together.
   *
   * @throws IllegalArgumentException if a name is unknown or given twice, or a trace does not
   *     permit the call
   */
  static OperatorArguments of(Operator operator, List<Value> given, Map<String, Value> named) {
    List<? extends @Nullable Value> values =
        named.isEmpty()
            ? given
            : NamedArguments.arrange(
                operator.name(),
                operator.parameters().stream().map(Operator.Parameter::name).toList(),
                given,
                named);
    Trace trace = traceOf(operator, values);
    if (trace != null) {
      requireNoConstantWritten(operator, values, trace);
    }
    return new OperatorArguments(operator, values, trace);
  }

  private static @Nullable Trace traceOf(
      Operator operator, List<? extends @Nullable Value> values) {
    Trace found = null;
    for (Value value : values) {
      if (value instanceof Value.OfTensor(Tensor tensor)) {
        found = join(operator, found, tensor);
      } else if (value instanceof Value.OfList
          || value instanceof Value.OfTuple
          || value instanceof Value.OfDict) {
        for (Tensor tensor : value.tensors()) {
          found = join(operator, found, tensor);
        }
      }
    }
    return found;
  }

  private static @Nullable Trace join(Operator operator, @Nullable Trace found, Tensor tensor) {
    Trace trace = tensor.trace();
    if (trace == null) {
      return found;
    }
    if (found != null && trace != found) {
      throw new IllegalArgumentException(
          operator.name() + ": its tensors belong to two different traces");
    }
    return trace;
  }

  /** A model that changes a constant of its own gives another answer at each call. */
  private static void requireNoConstantWritten(
      Operator operator, List<? extends @Nullable Value> values, Trace trace) {
    List<Operator.Parameter> parameters = operator.parameters();
    for (int i = 0; i < Math.min(values.size(), parameters.size()); i++) {
      Value value = values.get(i);
      boolean isWritten = value != null && parameters.get(i).isWritten();
      if (isWritten && value.tensors().stream().anyMatch(tensor -> tensor.trace() != trace)) {
        throw new IllegalArgumentException(
            "%s would write to '%s', which is a constant for the trace: the model would change it at each call"
                .formatted(operator.name(), parameters.get(i).name()));
      }
    }
  }

  private Stream<Tensor> tensors() {
    return values.stream().filter(Objects::nonNull).flatMap(value -> value.tensors().stream());
  }

  /** Whether a view of any of the arguments may live in that arena. */
  boolean mayBeViewedIn(Arena arena) {
    return tensors().allMatch(tensor -> tensor.mayBeViewedIn(arena));
  }

  /** libtorch's reason with the operator's name and what it was called with. */
  NarthexException explain(NarthexException failure) {
    String inputs = tensors().map(OperatorArguments::describe).collect(Collectors.joining(", "));
    String message =
        "%s (%s%s)"
            .formatted(
                failure.getMessage(),
                operator.name(),
                inputs.isEmpty() ? "" : " called with " + inputs);
    return switch (failure) {
      case OperatorException _ -> new OperatorException(message, failure.detail(), failure);
      case UnsupportedException _ -> new UnsupportedException(message, failure.detail(), failure);
      default -> failure;
    };
  }

  private static String describe(Tensor tensor) {
    try {
      return tensor.info().toString();
    } catch (UnsupportedException e) {
      return "a tensor of another dtype";
    }
  }
}
