package io.github.narthex.io;

import io.github.narthex.DType;
import io.github.narthex.Method;
import io.github.narthex.Model;
import io.github.narthex.ModelPackage;
import io.github.narthex.Shape;
import io.github.narthex.TensorInfo;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a model's inputs probably are. A model file does not say; but of a model with one tensor as
 * its input, the shapes of its weights often give it away. A wrong guess does no harm: the model
 * then fails on the shape.
 */
public sealed interface InputGuess {
  /**
   * The inputs are known well enough to try.
   *
   * @param specs one for each required argument
   * @param reason what the guess rests on, for the user to judge
   */
  record Known(List<InputSpec.Generated> specs, String reason) implements InputGuess {}

  /**
   * There is nothing to go by.
   *
   * @param reason one line: why, and an example of what to say instead
   */
  record Unknown(String reason) implements InputGuess {}

  /**
   * Guesses from the signature of {@code forward} and the weights, which in a frozen model are
   * constants without names.
   *
   * @throws IllegalArgumentException if the model has no forward
   */
  static InputGuess of(Model model) {
    List<String> required =
        ModelInputs.forward(model).arguments().stream()
            .filter(argument -> !argument.hasDefault())
            .map(Method.Argument::type)
            .toList();
    return of(required, weights(model));
  }

  /** What a package says that it takes, dynamic dimensions at their least size. */
  static List<InputSpec> ofPackage(ModelPackage.Spec spec) {
    return spec.inputs().stream()
        .<InputSpec>map(
            input ->
                new InputSpec.Generated(
                    Optional.of(input.parameter()),
                    Shape.of(
                        input.shape().stream().mapToLong(dim -> Math.max(1, dim.min())).toArray()),
                    input.dtype(),
                    Optional.empty()))
        .toList();
  }

  /**
   * The dtype of a model's floating-point weights, frozen or not, where all are of one; empty where
   * they differ or there are none.
   */
  static Optional<DType> floatingDType(Model model) {
    return floatingDType(weights(model));
  }

  private static Optional<DType> floatingDType(Map<String, TensorInfo> weights) {
    List<DType> dtypes =
        weights.values().stream()
            .map(TensorInfo::dtype)
            .filter(DType::isFloatingPoint)
            .distinct()
            .toList();
    return dtypes.size() == 1 ? Optional.of(dtypes.getFirst()) : Optional.empty();
  }

  /** Those of a frozen model are constants, and have no names. */
  private static Map<String, TensorInfo> weights(Model model) {
    Map<String, TensorInfo> parameters = model.parameters();
    if (!parameters.isEmpty()) {
      return parameters;
    }
    Map<String, TensorInfo> weights = new TreeMap<>();
    for (TensorInfo constant : model.constants()) {
      weights.put("constant " + weights.size(), constant);
    }
    return weights;
  }

  /**
   * Guesses from what {@code forward} takes and the weights.
   *
   * @param requiredTypes the types of the arguments that have no default, without {@code self}, as
   *     TorchScript names them: {@code Tensor}, {@code int}…
   * @param weights what the parameters are, by name
   */
  static InputGuess of(List<String> requiredTypes, Map<String, TensorInfo> weights) {
    if (requiredTypes.isEmpty()) {
      return new Known(List.of(), "forward needs no input");
    }
    if (requiredTypes.size() != 1 || !requiredTypes.getFirst().equals("Tensor")) {
      return unknown("forward takes " + String.join(", ", requiredTypes));
    }
    // The small formats of 8 bits are for weights alone.
    DType dtype =
        floatingDType(weights).filter(found -> found.byteSize() > 1).orElse(DType.FLOAT32);
    Map<String, Shape> parameters = new TreeMap<>();
    weights.forEach((name, info) -> parameters.put(name, info.shape()));
    boolean seesColours =
        parameters.values().stream().anyMatch(shape -> shape.rank() == 4 && shape.dim(1) == 3);
    if (seesColours) {
      return known(
          Shape.of(1, 3, 224, 224),
          dtype,
          Optional.empty(),
          "a convolution takes 3 channels, so the input is taken for an image");
    }
    if (parameters.values().stream().anyMatch(shape -> shape.rank() > 2)) {
      return unknown("the weights do not tell the input's shape");
    }
    Optional<InputGuess> embedding = fromEmbedding(parameters);
    return embedding.isPresent() ? embedding.get() : fromLinear(parameters, dtype);
  }

  private static Optional<InputGuess> fromEmbedding(Map<String, Shape> parameters) {
    long vocabulary = 0;
    long length = 128;
    for (var entry : parameters.entrySet()) {
      String name = entry.getKey().toLowerCase(Locale.ROOT);
      Shape shape = entry.getValue();
      if (shape.rank() != 2 || !name.contains("emb")) {
        continue;
      }
      if (name.contains("pos")) {
        length = Math.min(length, shape.dim(0));
      } else {
        vocabulary = Math.max(vocabulary, shape.dim(0));
      }
    }
    return vocabulary == 0
        ? Optional.empty()
        : Optional.of(
            known(
                Shape.of(1, length),
                DType.INT64,
                Optional.of(new InputSpec.Range(0, vocabulary - 1)),
                "an embedding has " + vocabulary + " rows, so the input is taken for indices"));
  }

  /** The input's width is the one that some matrix takes and none gives. */
  private static InputGuess fromLinear(Map<String, Shape> parameters, DType dtype) {
    Set<Long> taken = new HashSet<>();
    Set<Long> given = new HashSet<>();
    for (Shape shape : parameters.values()) {
      if (shape.rank() == 2) {
        given.add(shape.dim(0));
        taken.add(shape.dim(1));
      }
    }
    taken.removeAll(given);
    if (taken.size() != 1) {
      return unknown(
          parameters.isEmpty()
              ? "the model has no parameters to tell the input's shape by"
              : "the weights do not tell the input's shape");
    }
    long width = taken.iterator().next();
    return known(
        Shape.of(1, width),
        dtype,
        Optional.empty(),
        "the first linear layer takes " + width + " features");
  }

  private static InputGuess known(
      Shape shape, DType dtype, Optional<InputSpec.Range> range, String reason) {
    return new Known(
        List.of(new InputSpec.Generated(Optional.empty(), shape, dtype, range)), reason);
  }

  private static InputGuess unknown(String reason) {
    return new Unknown(
        reason
            + "; describe each input with --input, for example --input 1x3x224x224:float32 or"
            + " --input ids=1x128:int64:0..30000 or --input x.npy");
  }
}
