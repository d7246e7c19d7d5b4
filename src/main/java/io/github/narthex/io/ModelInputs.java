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
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Descriptions of inputs brought together with the arguments of a model's {@code forward}: those
 * with a name go to the argument of that name, the others to what is left, in order. An argument of
 * type int, float or bool takes a description of one element, for example {@code
 * scalar:int64:16000..16000}. Immutable.
 */
public final class ModelInputs {
  private final List<Method.Argument> arguments;
  private final List<InputSpec> specs;
  private final InputGenerator generator;

  private ModelInputs(List<Method.Argument> arguments, List<InputSpec> specs, long seed) {
    this.arguments = arguments;
    this.specs = specs;
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
    return new ModelInputs(arguments, prefix(forward, bound), seed);
  }

  /** Arguments go by position: none may be missing before one that is there. */
  private static List<InputSpec> prefix(Method forward, @Nullable InputSpec[] bound) {
    int count = bound.length;
    while (count > 0
        && bound[count - 1] == null
        && forward.arguments().get(count - 1).hasDefault()) {
      count--;
    }
    List<InputSpec> specs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Method.Argument argument = forward.arguments().get(i);
      InputSpec spec = bound[i];
      if (spec == null) {
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
      specs.add(spec);
    }
    return specs;
  }

  private static Method forward(Model model) {
    return model.methods().stream()
        .filter(method -> method.name().equals("forward"))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("the model has no method forward"));
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

  /** The descriptions, in the order of the arguments. */
  public List<InputSpec> specs() {
    return List.copyOf(specs);
  }

  /** Whether one sample differs from the next: not if all come from files. */
  public boolean isVaried() {
    return specs.stream().anyMatch(InputSpec.Generated.class::isInstance);
  }

  /**
   * The arguments for one call.
   *
   * @param arena owns the tensors and the memory that they are over, 64-byte aligned
   * @param sample which sample; made-up inputs differ from one to the next, files stay the same
   * @throws InputException if a file can't be read, or has more than one element for a number
   * @throws DeviceMemoryException if memory is exhausted
   */
  public List<Value> sample(Arena arena, int sample) {
    List<Value> values = new ArrayList<>();
    for (int i = 0; i < specs.size(); i++) {
      InputSpec spec = specs.get(i);
      values.add(value(arena, arguments.get(i), array(arena, spec, i, sample), spec));
    }
    return List.copyOf(values);
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
