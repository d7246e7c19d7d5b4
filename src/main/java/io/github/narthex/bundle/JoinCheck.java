package io.github.narthex.bundle;

import io.github.narthex.Method;
import io.github.narthex.Model;
import io.github.narthex.OperatorException;
import io.github.narthex.ShapeOperators;
import io.github.narthex.Tensor;
import io.github.narthex.Value;
import io.github.narthex.internal.text.Quantity;
import io.github.narthex.io.InputSpec;
import io.github.narthex.io.ModelInputs;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/** Finds out whether a model answers requests that are joined as it answers each by itself. */
final class JoinCheck {
  /** The error that is accepted where the bundle names none. */
  private static final double STANDARD_ERROR = 0.02;

  /** What rounding alone may come to, as kernels differ with the number of rows. */
  private static final double LEAST_ERROR = 1e-3;

  private final BundleDirectory bundle;
  private final Model model;

  private JoinCheck(BundleDirectory bundle, Model model) {
    this.bundle = bundle;
    this.model = model;
  }

  /**
   * What requests look like, and answers.
   *
   * @throws ConfigurationException if they can't be joined, with the reason
   */
  static JoinedLayout layout(BundleDirectory bundle, Model model) {
    return new JoinCheck(bundle, model).layout();
  }

  private JoinedLayout layout() {
    if (model.isStateful()) {
      throw refused("the model changes its own state, so that an answer depends on those before");
    }
    List<InputSpec> single = bundle.inputs().stream().map(spec -> spec.withBatch(1)).toList();
    ModelInputs inputs = bundle.inputs(model, single);
    try (Arena arena = Arena.ofConfined()) {
      List<Value> first = request(inputs.sample(arena, 0));
      List<Value> second = request(inputs.sample(arena, 1));
      List<Value> both = new ArrayList<>();
      for (int i = 0; i < first.size(); i++) {
        List<Tensor> rows = List.of(first.get(i).tensor(), second.get(i).tensor());
        both.add(Value.of(ShapeOperators.cat(arena, rows, 0)));
      }
      Value one = forward(arena, first, "one row");
      Value other = forward(arena, second, "one row");
      Value joined = forward(arena, both, "two rows");
      requireSame(one, other, joined);
      requireRoom();
      return new JoinedLayout(
          both.stream().map(Value::tensor).map(RowLayout::of).toList(),
          joined.tensors().stream().map(RowLayout::of).toList(),
          joined);
    }
  }

  /** By position, as requests are: what is left out must stand at the end. */
  private List<Value> request(SequencedMap<String, Value> sample) {
    List<String> given = List.copyOf(sample.sequencedKeySet());
    List<String> first =
        model.methods().stream()
            .filter(method -> method.name().equals("forward"))
            .flatMap(method -> method.arguments().stream())
            .map(Method.Argument::name)
            .limit(given.size())
            .toList();
    if (!given.equals(first)) {
      throw refused("the inputs are %s, and forward begins with %s".formatted(given, first));
    }
    for (Map.Entry<String, Value> input : sample.entrySet()) {
      if (!(input.getValue() instanceof Value.OfTensor)) {
        throw refused("the input '%s' is no tensor".formatted(input.getKey()));
      }
    }
    return List.copyOf(sample.values());
  }

  private Value forward(Arena arena, List<Value> request, String rows) {
    try {
      return model.call(arena, "forward", request);
    } catch (OperatorException | IllegalArgumentException e) { // compiled code refuses sizes itself
      throw refused("the model does not run on %s: %s".formatted(rows, e.getMessage()));
    }
  }

  private void requireSame(Value one, Value other, Value joined) {
    String structure = structure(joined);
    if (!structure.equals(structure(one)) || !structure.equals(structure(other))) {
      throw refused(
          "it returns %s for one row and %s for two".formatted(structure(one), structure));
    }
    if (structure.contains("?")) {
      throw refused("it returns something that is no tensor: " + structure);
    }
    double accepted = accepted();
    for (int i = 0; i < joined.tensors().size(); i++) {
      Tensor both = joined.tensors().get(i);
      List<Tensor> parts = List.of(one.tensors().get(i), other.tensors().get(i));
      for (Tensor part : parts) {
        if (both.shape().rank() == 0
            || both.shape().dim(0) != 2
            || RowLayout.of(both).rowsIn(part) != 1) {
          throw refused(
              "output %d has the shape %s for one row and %s for two"
                  .formatted(i, part.shape(), both.shape()));
        }
      }
      double error = error(both, parts);
      if (!(error <= accepted)) {
        throw refused(
            "answers to joined requests differ from those to each by itself: output %d by %s of"
                    .formatted(i, Quantity.fractionText(Math.round(error * 1e5) / 1e5))
                + " its largest value, accepted are "
                + Quantity.fractionText(accepted));
      }
    }
  }

  /** Compiled code may have a bound on the rows that it takes. */
  private void requireRoom() {
    int rows = bundle.spec().configuration().run().rows();
    model.packageSpec().stream()
        .flatMap(spec -> spec.inputs().stream())
        .filter(input -> !input.shape().getFirst().allows(rows))
        .findFirst()
        .ifPresent(
            input -> {
              throw refused(
                  "the code does not take %d rows of '%s', which is %s"
                      .formatted(rows, input.parameter(), input));
            });
  }

  private double accepted() {
    Double budget = bundle.spec().configuration().accuracy().maxError();
    return budget == null ? STANDARD_ERROR : Math.max(budget, LEAST_ERROR);
  }

  /** Of integers, such as classes, it is not known how far off is far. */
  private static double error(Tensor both, List<Tensor> parts) {
    if (!both.dtype().isFloatingPoint()) {
      return 0;
    }
    double[] joined = both.toDoubleArray();
    double largest = 0;
    double difference = 0;
    int position = 0;
    for (Tensor part : parts) {
      for (double expected : part.toDoubleArray()) {
        double found = joined[position++];
        if (Double.compare(expected, found) != 0) { // the same infinities and NaN are no error
          difference = Math.max(difference, Math.abs(expected - found));
          largest = Math.max(largest, Math.abs(expected));
        } else if (Double.isFinite(expected)) {
          largest = Math.max(largest, Math.abs(expected));
        }
      }
    }
    return difference == 0 ? 0 : difference / largest;
  }

  /** What a value is made of: T for a tensor, ? for what can't be divided into rows. */
  private static String structure(Value value) {
    return switch (value) {
      case Value.OfTensor _ -> "T";
      case Value.None _ -> "none";
      case Value.OfList(List<Value> items) ->
          items.stream().map(JoinCheck::structure).collect(Collectors.joining(", ", "[", "]"));
      case Value.OfTuple(List<Value> items) ->
          items.stream().map(JoinCheck::structure).collect(Collectors.joining(", ", "(", ")"));
      case Value.OfNamedTuple(Map<String, Value> fields) ->
          fields.entrySet().stream()
              .map(field -> field.getKey() + "=" + structure(field.getValue()))
              .collect(Collectors.joining(", ", "(", ")"));
      case Value.OfDict(Map<Value, Value> entries) ->
          entries.entrySet().stream()
              .map(entry -> entry.getKey() + ": " + structure(entry.getValue()))
              .collect(Collectors.joining(", ", "{", "}"));
      default -> "?";
    };
  }

  private ConfigurationException refused(String reason) {
    return bundle.error(
        "requests to this model can't be joined: " + reason + "; with 1 they run one by one",
        "run",
        "batch");
  }
}
