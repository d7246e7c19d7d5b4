package io.github.narthex.io;

import io.github.narthex.DeviceMemoryException;
import io.github.narthex.InputException;
import io.github.narthex.Method;
import io.github.narthex.Model;
import io.github.narthex.Tensor;
import io.github.narthex.Value;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Descriptions of inputs brought together with the arguments of a model's {@code forward}: those
 * with a name go to the argument of that name, the others to what is left, in order. An argument of
 * type int, float or bool takes a description of one element, for example {@code
 * scalar:int64:16000..16000}. Optional arguments may be left out anywhere. Immutable.
 */
public final class ModelInputs {
  private static final String FORWARD = "forward";

  private final List<Described> inputs;
  private final InputGenerator generator;

  /** An argument that is given, and what it is. */
  private record Described(Method.Argument argument, InputSpec spec) {}

  private ModelInputs(List<Described> inputs, long seed) {
    this.inputs = inputs;
    this.generator = InputGenerator.of(seed);
  }

  /**
   * Matches descriptions and arguments.
   *
   * @param seed of what is made up
   * @throws IllegalArgumentException if the model has no forward, a name is unknown or taken, there
   *     are too many or too few descriptions, or an argument is of a type that can't be described
   */
  public static ModelInputs of(Model model, List<InputSpec> specs, long seed) {
    return of(forward(model), specs, seed);
  }

  static ModelInputs of(Method forward, List<InputSpec> specs, long seed) {
    List<Method.Argument> arguments = forward.arguments();
    if (arguments.isEmpty() && !specs.isEmpty()) {
      throw new IllegalArgumentException(
          "forward takes no inputs, %d %s given"
              .formatted(specs.size(), specs.size() == 1 ? "was" : "were"));
    }
    @Nullable InputSpec[] bound = new InputSpec[arguments.size()];
    for (InputSpec spec : specs) {
      if (spec.name().isPresent()) {
        int index = indexOf(forward, spec.name().get());
        if (bound[index] != null) {
          throw new IllegalArgumentException(
              "the input '" + spec.name().get() + "' is described twice");
        }
        bound[index] = spec;
      }
    }
    int next = 0;
    for (InputSpec spec : specs) {
      if (spec.name().isEmpty()) {
        while (next < bound.length && bound[next] != null) {
          next++;
        }
        if (next == bound.length) {
          throw new IllegalArgumentException(
              "there are %d inputs, and %s".formatted(specs.size(), takes(forward)));
        }
        bound[next] = spec;
      }
    }
    return new ModelInputs(described(forward, bound), seed);
  }

  private static List<Described> described(Method forward, @Nullable InputSpec[] bound) {
    List<Described> inputs = new ArrayList<>();
    for (int i = 0; i < bound.length; i++) {
      Method.Argument argument = forward.arguments().get(i);
      InputSpec spec = bound[i];
      if (spec == null) {
        if (argument.hasDefault()) {
          continue;
        }
        throw new IllegalArgumentException(
            "there is no input for '%s': %s".formatted(argument.name(), takes(forward)));
      }
      if (kind(argument) == Kind.OTHER) {
        throw new IllegalArgumentException(
            "the argument '%s' is a %s, which can't be described as an input: call the model from"
                    .formatted(argument.name(), argument.type())
                + " Java");
      }
      if (kind(argument) != Kind.TENSOR
          && spec instanceof InputSpec.Generated generated
          && generated.shape().elementCount() != 1) {
        throw new IllegalArgumentException(
            "the argument '%s' is a single %s, described as %s: expected for example %s"
                .formatted(argument.name(), argument.type(), spec, "scalar:int64:16000..16000"));
      }
      inputs.add(new Described(argument, spec));
    }
    return List.copyOf(inputs);
  }

  /**
   * What is run.
   *
   * @throws IllegalArgumentException if the model has none
   */
  static Method forward(Model model) {
    List<Method> methods = model.methods();
    return methods.stream()
        .filter(method -> method.name().equals(FORWARD))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "the model has no method forward, it has: "
                        + (methods.isEmpty()
                            ? "none"
                            : methods.stream()
                                .map(Method::name)
                                .collect(Collectors.joining(", ")))));
  }

  private static int indexOf(Method forward, String name) {
    for (int i = 0; i < forward.arguments().size(); i++) {
      if (forward.arguments().get(i).name().equals(name)) {
        return i;
      }
    }
    throw new IllegalArgumentException(
        "there is no argument '%s': %s".formatted(name, takes(forward)));
  }

  private static String takes(Method forward) {
    return forward.arguments().stream()
        .map(a -> a.name() + ": " + a.type() + (a.hasDefault() ? " (optional)" : ""))
        .collect(Collectors.joining(", ", "forward takes (", ")"));
  }

  private enum Kind {
    TENSOR,
    INT,
    FLOAT,
    BOOL,
    OTHER
  }

  private static Kind kind(Method.Argument argument) {
    return switch (argument.type()) {
      case "Tensor", "Optional[Tensor]" -> Kind.TENSOR;
      case "int", "Optional[int]" -> Kind.INT;
      case "float", "Optional[float]" -> Kind.FLOAT;
      case "bool", "Optional[bool]" -> Kind.BOOL;
      default -> Kind.OTHER;
    };
  }

  /** The descriptions, in the order of the arguments, without those that are left out. */
  public List<InputSpec> specs() {
    return inputs.stream().map(Described::spec).toList();
  }

  /** The descriptions by the names of the arguments, in their order. */
  SequencedMap<String, InputSpec> byArgument() {
    SequencedMap<String, InputSpec> specs = new LinkedHashMap<>();
    inputs.forEach(input -> specs.put(input.argument().name(), input.spec()));
    return specs;
  }

  /** Whether one sample differs from the next: not if all come from files. */
  public boolean isVaried() {
    return inputs.stream().anyMatch(input -> input.spec() instanceof InputSpec.Generated);
  }

  /**
   * The arguments for one call by their names, in their order, for {@link Model#call(Arena, String,
   * List, Map)}.
   *
   * @param arena owns the tensors and the memory that they are over, 64-byte aligned
   * @param sample which sample; made-up inputs differ from one to the next, files stay the same
   * @throws InputException if a file can't be read, or has more than one element for a number
   * @throws DeviceMemoryException if memory is exhausted
   */
  public SequencedMap<String, Value> sample(Arena arena, int sample) {
    SequencedMap<String, Value> values = new LinkedHashMap<>();
    for (int i = 0; i < inputs.size(); i++) {
      Method.Argument argument = inputs.get(i).argument();
      InputSpec spec = inputs.get(i).spec();
      values.put(argument.name(), value(arena, argument, array(arena, spec, i, sample), spec));
    }
    return Collections.unmodifiableSequencedMap(values);
  }

  /**
   * The first so many samples, without labels. They are named by numbers.
   *
   * @throws IllegalArgumentException if {@code count} is negative
   */
  public Samples samples(int count) {
    if (count < 0) {
      throw new IllegalArgumentException("count must be at least 0, got " + count);
    }
    return new Samples() {
      @Override
      public int count() {
        return count;
      }

      @Override
      public SequencedMap<String, Value> sample(Arena arena, int index) {
        return ModelInputs.this.sample(arena, Objects.checkIndex(index, count));
      }
    };
  }

  private NpyArray array(Arena arena, InputSpec spec, int argument, int sample) {
    return switch (spec) {
      case InputSpec.FromFile file -> Npy.read(arena, file.file());
      case InputSpec.Generated generated -> {
        MemorySegment data = allocate(arena, generated);
        generator.fill(generated, argument, sample, data);
        yield new NpyArray(generated.dtype(), generated.shape(), data);
      }
    };
  }

  private static MemorySegment allocate(Arena arena, InputSpec.Generated spec) {
    try {
      return arena.allocate(spec.shape().byteSize(spec.dtype()), 64);
    } catch (OutOfMemoryError e) {
      throw new DeviceMemoryException(
          "no memory for the input " + spec, String.valueOf(e.getMessage()), e);
    }
  }

  private static Value value(
      Arena arena, Method.Argument argument, NpyArray array, InputSpec spec) {
    Kind kind = kind(argument);
    if (kind == Kind.TENSOR) {
      return Value.of(Tensor.of(arena, array.data(), array.dtype(), array.shape()));
    }
    if (array.shape().elementCount() != 1) {
      throw new InputException(
          "the argument '%s' is a single %s, and %s has the shape %s"
              .formatted(argument.name(), argument.type(), spec, array.shape()));
    }
    return switch (kind) {
      case INT -> Value.of(Elements.getLong(array.data(), array.dtype(), 0));
      case FLOAT -> Value.of(Elements.getDouble(array.data(), array.dtype(), 0));
      default -> Value.of(Elements.getDouble(array.data(), array.dtype(), 0) != 0);
    };
  }
}
