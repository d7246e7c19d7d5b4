package io.github.narthex.bundle;

import io.github.narthex.Device;
import io.github.narthex.Model;
import io.github.narthex.ModelFormat;
import io.github.narthex.ModelLoadException;
import io.github.narthex.ModelPackage;
import io.github.narthex.bundle.Configuration.Reaction;
import io.github.narthex.io.InputSpec;
import io.github.narthex.io.ModelInputs;
import io.github.narthex.strategy.Recipe;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** A bundle on disk whose {@code narthex.yaml} has been read and makes sense. */
public final class BundleDirectory {
  /** The name of the file that makes a directory a bundle. */
  public static final String YAML = "narthex.yaml";

  private final Path directory;
  private final YamlFile yaml;
  private final BundleSpec spec;

  private BundleDirectory(Path directory, YamlFile yaml) {
    this.directory = directory;
    this.yaml = yaml;
    this.spec = SpecReader.bundle(yaml);
  }

  /** Whether it is a directory with a {@code narthex.yaml}. */
  public static boolean isBundle(Path path) {
    return Files.isRegularFile(path.resolve(YAML));
  }

  /**
   * Reads a bundle, and looks whether its model file is there, without loading it.
   *
   * @throws ModelLoadException if it is no bundle, or the model file is missing or of a format that
   *     can't be run
   * @throws ConfigurationException if its {@code narthex.yaml} can't be read or contradicts itself;
   *     says where
   */
  public static BundleDirectory read(Path directory) {
    if (!Files.isDirectory(directory)) {
      throw new ModelLoadException(
          Files.exists(directory)
              ? directory + " is a file, where a bundle was expected: a directory with " + YAML
              : "there is no bundle " + directory);
    }
    if (!Files.exists(directory.resolve(YAML))) {
      throw new ModelLoadException(directory + " is no bundle: there is no " + YAML + " in it");
    }
    BundleDirectory bundle = new BundleDirectory(directory, YamlFile.read(directory.resolve(YAML)));
    ModelFormat format = ModelFormat.detect(bundle.modelFile());
    if (!format.isRunnable()) {
      throw new ModelLoadException(bundle.modelFile() + " is " + format.advice());
    }
    return bundle;
  }

  /** The YAML file that a path means: that of a bundle, or the path itself. */
  static YamlFile yamlOf(Path path) {
    return YamlFile.read(Files.isDirectory(path) ? path.resolve(YAML) : path);
  }

  /** The directory, as it was named. */
  public Path directory() {
    return directory;
  }

  /** What its {@code narthex.yaml} says. */
  public BundleSpec spec() {
    return spec;
  }

  /** The model file. */
  public Path modelFile() {
    return directory.resolve(spec.model().file());
  }

  /**
   * How the model file differs from the one that the bundle was proven with, for people; empty if
   * it is the same. Reads all of it.
   *
   * @throws ModelLoadException if it can't be read
   */
  public Optional<String> modelDifference() {
    String proven = spec.model().sha256();
    String here = Sha256.of(modelFile());
    return proven.equals(here)
        ? Optional.empty()
        : Optional.of(
            "%s is not the file that the bundle was proven with: its SHA-256 is %s, expected %s"
                .formatted(modelFile(), here, proven));
  }

  /**
   * Loads the model, onto the device of its recipe.
   *
   * @param instances how many calls run side by side; code of a package has as many runners on the
   *     CPU
   * @throws ModelLoadException if it can't be loaded, or is a package of another content than was
   *     proven and the policy refuses that
   * @throws io.github.narthex.UnsupportedException if it was compiled for another machine, or its
   *     device is not there
   */
  Model load(Arena arena, int instances) {
    Recipe left = spec.model().recipe().ofSaved();
    if (left.equals(Recipe.EAGER)) {
      return loadFile(arena, Device.CPU, instances);
    }
    try (Arena loading = Arena.ofConfined()) {
      return left.apply(arena, loadFile(loading, left.device(), instances)).model();
    }
  }

  /** Code of a package is for one kind of device, where callers only enqueue; others are moved. */
  private Model loadFile(Arena arena, Device device, int instances) {
    if (!RecipeFile.isPackage(modelFile())) {
      return Model.load(arena, modelFile());
    }
    ModelPackage.Options options =
        ModelPackage.Options.DEFAULT.withRunners(device.isCpu() ? instances : 1);
    return Model.load(
        arena,
        modelFile(),
        device,
        spec.configuration().policy().model() == Reaction.REFUSE
            ? options.allow(Set.of(spec.model().sha256()))
            : options);
  }

  /** The inputs, those from files with the files' places in the bundle. */
  public List<InputSpec> inputs() {
    return spec.configuration().inputs().stream()
        .map(
            input ->
                input instanceof InputSpec.FromFile(var name, Path file)
                    ? new InputSpec.FromFile(name, directory.resolve(file))
                    : input)
        .toList();
  }

  /**
   * Inputs brought together with the model's.
   *
   * @throws ConfigurationException if they do not fit it
   */
  ModelInputs inputs(Model model, List<InputSpec> specs) {
    try {
      return ModelInputs.of(model, specs, 0);
    } catch (IllegalArgumentException e) {
      throw error(String.valueOf(e.getMessage()), "inputs");
    }
  }

  /**
   * Checks that the model file holds the recipe that {@code narthex.yaml} says it does: a recipe
   * can't be changed by an edit. Of a package it says no more than the device. Loads libtorch.
   *
   * @throws ConfigurationException if it holds another one
   */
  public void requireRecipe() {
    Recipe said = spec.model().recipe();
    if (RecipeFile.isPackage(modelFile())) {
      RecipeFile.whyNotOfPackage(spec.model().file(), said)
          .ifPresent(
              reason -> {
                throw error(reason, "model", "recipe");
              });
      return;
    }
    Recipe held = RecipeFile.recipeIn(modelFile()).orElse(Recipe.EAGER);
    if (!said.equals(held)) {
      throw error(
          "%s holds the recipe '%s', and '%s' stands here: a recipe is applied by narthex optimize"
                  .formatted(spec.model().file(), held, said)
              + " --from %s or narthex apply, not by an edit".formatted(directory),
          "model",
          "recipe");
    }
  }

  /** What is wrong with a value, though the file makes sense by itself. */
  ConfigurationException error(String problem, String... path) {
    Node at = yaml.root().orElseThrow();
    for (String key : path) {
      at = value(at, key);
    }
    return yaml.error(at, String.join(".", path) + ": " + problem);
  }

  /** The value of a key, or where it would stand. */
  private static Node value(Node mapping, String key) {
    return mapping instanceof MappingNode node
        ? node.getValue().stream()
            .filter(
                entry ->
                    entry.getKeyNode() instanceof ScalarNode name && name.getValue().equals(key))
            .map(entry -> entry.getValueNode())
            .findFirst()
            .orElse(mapping)
        : mapping;
  }
}
