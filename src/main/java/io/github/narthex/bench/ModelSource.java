package io.github.narthex.bench;

import io.github.narthex.Device;
import io.github.narthex.InputException;
import io.github.narthex.Model;
import io.github.narthex.ModelPackage;
import io.github.narthex.OperatorException;
import io.github.narthex.Tensor;
import io.github.narthex.TensorInfo;
import io.github.narthex.Value;
import io.github.narthex.bundle.BundleDirectory;
import io.github.narthex.io.InputGuess;
import io.github.narthex.io.InputSpec;
import io.github.narthex.io.ModelInputs;
import io.github.narthex.io.SampleDirectory;
import io.github.narthex.models.Builtin;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A model by the text that names it: a built-in, a file or a bundle.
 *
 * @param model in evaluation mode
 * @param builtin which built-in it is; empty for a file
 * @param file where it is; null for a built-in
 * @param wasTraining whether it was saved in training mode
 * @param bundle what it is the model of; empty if of none
 * @param packageOptions how it was loaded, if it is a package
 */
public record ModelSource(
    Model model,
    Optional<Builtin> builtin,
    @Nullable Path file,
    boolean wasTraining,
    Optional<BundleDirectory> bundle,
    PackageOptions packageOptions) {
  /** A model of no bundle, loaded as usual. */
  public ModelSource(
      Model model, Optional<Builtin> builtin, @Nullable Path file, boolean wasTraining) {
    this(model, builtin, file, wasTraining, Optional.empty(), PackageOptions.NONE);
  }

  /**
   * Loads or builds a model.
   *
   * @param arena owns it
   * @param text a built-in's name, or else a file or a bundle
   * @param seed of a built-in's weights
   * @throws io.github.narthex.ModelLoadException if the file can't be loaded
   * @throws io.github.narthex.bundle.ConfigurationException if a bundle's configuration can't be
   *     read, or its model holds another recipe than it says
   */
  public static ModelSource of(Arena arena, String text, long seed) {
    return of(arena, text, seed, PackageOptions.NONE);
  }

  /** The same; a package is loaded with these options. */
  public static ModelSource of(Arena arena, String text, long seed, PackageOptions packageOptions) {
    return of(arena, text, seed, packageOptions, Device.CPU);
  }

  /**
   * The same for a model that is to run on a device: a package that was compiled for that kind is
   * loaded onto this one. Other models are on the CPU.
   */
  public static ModelSource of(
      Arena arena, String text, long seed, PackageOptions packageOptions, Device wanted) {
    Optional<Builtin> builtin = Builtin.named(text);
    if (builtin.isPresent()) {
      return new ModelSource(builtin.get().build(arena, seed), builtin, null, false);
    }
    Path file = Path.of(text);
    Optional<BundleDirectory> bundle = Optional.empty();
    if (BundleDirectory.isBundle(file)) {
      BundleDirectory found = BundleDirectory.read(file);
      found.requireRecipe();
      file = found.modelFile();
      bundle = Optional.of(found);
    }
    Model model = packageOptions.load(arena, file, wanted);
    boolean training = model.training();
    return new ModelSource(
        training ? model.eval(arena) : model,
        builtin,
        file.toAbsolutePath(),
        training,
        bundle,
        model.isCompiled() ? packageOptions : PackageOptions.NONE);
  }

  /**
   * Its inputs: those given, or else what its bundle says or a built-in takes, or a guess.
   *
   * @param batch the size of their first dimension, or 0 to leave it
   * @param seed of those that are made up
   * @throws IllegalArgumentException if they do not fit what forward takes, or can't be guessed
   */
  public ModelInputs inputs(List<InputSpec> given, long batch, long seed) {
    List<InputSpec> specs = given.isEmpty() ? defaults() : given;
    return ModelInputs.of(
        model, batch == 0 ? specs : specs.stream().map(s -> withBatch(s, batch)).toList(), seed);
  }

  /** A number has no batch, and stays. */
  private static InputSpec withBatch(InputSpec spec, long batch) {
    boolean isNumber = spec instanceof InputSpec.Generated made && made.shape().rank() == 0;
    return isNumber ? spec : spec.withBatch(batch);
  }

  /**
   * What a package says of the model in it that was loaded; empty for another model. Reads its
   * file.
   */
  public Optional<ModelPackage.Compiled> compiled() {
    return file != null && model.isCompiled()
        ? Optional.of(ModelPackage.read(file).model(packageOptions.options().model()))
        : Optional.empty();
  }

  /** Whether it says by itself what its inputs are; of other models they are guessed. */
  boolean saysInputs() {
    return builtin.isPresent()
        || bundle.map(of -> !of.inputs().isEmpty()).orElse(false)
        || model.packageSpec().isPresent();
  }

  private List<InputSpec> defaults() {
    if (builtin.isPresent()) {
      return List.copyOf(builtin.get().inputs());
    }
    List<InputSpec> bundled = bundle.map(BundleDirectory::inputs).orElse(List.of());
    if (!bundled.isEmpty()) {
      return bundled;
    }
    if (model.packageSpec().isPresent()) {
      return InputGuess.ofPackage(model.packageSpec().get());
    }
    return switch (InputGuess.of(model)) {
      case InputGuess.Known known -> List.copyOf(known.specs());
      case InputGuess.Unknown unknown -> throw new IllegalArgumentException(unknown.reason());
    };
  }

  /**
   * The samples of a directory.
   *
   * @param given what they are; empty for what is known of the model
   * @throws InputException if its files are not samples of the model
   */
  public SampleDirectory samples(Path directory, List<InputSpec> given) {
    return DataSamples.directory(this, directory, given);
  }

  /**
   * What the model is; of a built-in, which is no file, without a size of its own.
   *
   * @param name what it was asked for by
   */
  public ModelInfo info(String name) {
    return info(name, file);
  }

  ModelInfo info(String name, @Nullable Path saved) {
    List<TensorInfo> weights =
        Stream.concat(model.parameters().values().stream(), model.constants().stream()).toList();
    return new ModelInfo(
        name,
        format(),
        weights.stream().mapToLong(info -> info.shape().elementCount()).sum(),
        weights.stream().mapToLong(TensorInfo::byteSize).sum(),
        saved == null ? 0 : size(saved),
        builtin.filter(kind -> !kind.isTrained()).isPresent(),
        wasTraining,
        model.isStateful(),
        packageOptions.texts());
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot look at the model's file: " + e.getMessage(), e);
    }
  }

  /** What the file is, or that it is none. */
  String format() {
    if (builtin.isPresent()) {
      return "built-in";
    }
    String kind = model.isCompiled() ? "AOTInductor package" : "TorchScript";
    return bundle.isPresent() ? "bundle" : kind;
  }

  /** The file; a built-in is saved into the directory first. */
  Path fileIn(Path directory) {
    if (file != null) {
      return file;
    }
    Path saved = directory.resolve("model.pt");
    model.save(saved);
    return saved;
  }

  /**
   * Each input as text: as it was specified, and for a file also shape and dtype.
   *
   * @param values a sample of the inputs
   */
  public static List<String> describe(ModelInputs inputs, Map<String, Value> values) {
    Iterator<Value> inOrder = values.values().iterator();
    List<String> texts = new ArrayList<>();
    for (InputSpec spec : inputs.specs()) {
      boolean fromFile = spec instanceof InputSpec.FromFile;
      texts.add(
          inOrder.next() instanceof Value.OfTensor(Tensor tensor) && fromFile
              ? "%s (%s:%s)".formatted(spec, tensor.shape(), tensor.dtype())
              : spec.toString());
    }
    return texts;
  }

  /**
   * Runs a model on inputs that a user has chosen.
   *
   * @param inputs by the arguments' names; those left out take their defaults
   * @throws InputException if it fails on them
   */
  public static Value run(Arena results, Model model, Map<String, Value> inputs) {
    try {
      return model.call(results, "forward", List.of(), inputs);
    } catch (OperatorException e) {
      throw new InputException(
          "the model does not run on these inputs: " + e.getMessage() + dtypeHint(e, model, inputs),
          e.detail(),
          e);
    }
  }

  /** Of what dtype the weights are, where libtorch complains of types and an input's differs. */
  private static String dtypeHint(
      OperatorException failure, Model model, Map<String, Value> inputs) {
    if (!String.valueOf(failure.getMessage()).contains("type")) {
      return "";
    }
    return InputGuess.floatingDType(model)
        .filter(
            weights ->
                inputs.values().stream()
                    .flatMap(input -> input.tensors().stream())
                    .map(Tensor::dtype)
                    .anyMatch(dtype -> dtype.isFloatingPoint() && dtype != weights))
        .map(weights -> "; the model's weights are " + weights)
        .orElse("");
  }
}
