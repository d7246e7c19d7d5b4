package io.github.narthex.bundle;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.narthex.Model;
import io.github.narthex.ModelLoadException;
import io.github.narthex.ModelPackage;
import io.github.narthex.UnsupportedException;
import io.github.narthex.bundle.BundleSpec.ModelEntry;
import io.github.narthex.internal.files.WholeDirectory;
import io.github.narthex.strategy.Recipe;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Writes bundles. A bundle takes its place when it is complete; another one that stood there is
 * replaced, and anything else is left alone and refused.
 */
public final class BundleWriter {
  private static final String EXPECTED = "a bundle, which has a " + BundleDirectory.YAML;

  private BundleWriter() {}

  /**
   * Checks that a bundle can be written there, so that this is not found out after minutes of work.
   *
   * @throws UncheckedIOException if it can't, with the reason
   */
  public static void check(Path bundle) {
    WholeDirectory.check(bundle, BundleDirectory::isBundle, EXPECTED);
  }

  /**
   * Writes a bundle with a model.
   *
   * @param spec its model entry names the recipe that was applied to the model; the digest is found
   *     out here
   * @param model is saved, with how it is run and what recipe it holds
   * @param files further files by their names, such as {@code evidence.json} and {@code
   *     report.html}
   * @throws UncheckedIOException if it can't be written; what stood there before is then unharmed
   * @throws IllegalArgumentException if the name of a file is none, or taken
   * @throws IllegalStateException if the model is in training mode, or closed
   * @throws UnsupportedException if it is compiled code, which can't be saved: write its file
   */
  public static void write(Path bundle, BundleSpec spec, Model model, Map<String, byte[]> files) {
    if (model.training()) {
      throw new IllegalStateException(
          "the model is in training mode, and would not run: take eval(arena) of it");
    }
    write(bundle, spec, files, file -> model.save(file, along(spec.model())));
  }

  /**
   * What is saved along in a model file that holds a recipe, so that it says so of itself.
   *
   * @param entry the recipe, and what it was applied to
   */
  public static Map<String, byte[]> along(ModelEntry entry) {
    return Map.of(RecipeFile.NAME, RecipeFile.of(entry));
  }

  /**
   * Writes a bundle with a model file to which the recipe was applied already. One that says of
   * itself that it holds that recipe is copied as it is, any other is loaded and saved along with
   * what it holds. An AOTInductor package is copied, as {@code model.pt2}.
   *
   * @throws ModelLoadException if the file can't be loaded, or is a package of several models; also
   *     as {@link #write(Path, BundleSpec, Model, Map)}
   * @throws UnsupportedException if it is a package, and the recipe has steps that change models
   */
  public static void write(Path bundle, BundleSpec spec, Path model, Map<String, byte[]> files) {
    if (RecipeFile.isPackage(model)) {
      RecipeFile.whyNotOfPackage(model.toString(), spec.model().recipe())
          .ifPresent(
              reason -> {
                throw new UnsupportedException(reason);
              });
      // narthex.yaml has no word for which of several.
      var _ = ModelPackage.read(model).model(Optional.empty());
      write(bundle, spec.with(spec.model().asPackage()), files, file -> Files.copy(model, file));
      return;
    }
    Recipe held = RecipeFile.recipeIn(model).orElse(Recipe.EAGER);
    if (held.equals(spec.model().recipe())) {
      write(bundle, spec, files, file -> Files.copy(model, file));
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      write(bundle, spec, Model.load(arena, model), files);
    }
  }

  /** Writes the model file. */
  @FunctionalInterface
  private interface ModelWriter {
    void writeTo(Path file) throws IOException;
  }

  private static void write(
      Path bundle, BundleSpec spec, Map<String, byte[]> files, ModelWriter model) {
    ModelEntry entry = spec.model();
    for (String name : files.keySet()) {
      if (!name.matches("[A-Za-z0-9_-][A-Za-z0-9._-]*")
          || name.equals(entry.file())
          || name.equals(BundleDirectory.YAML)) {
        throw new IllegalArgumentException(
            "not a name for a further file of a bundle: '" + name + "'");
      }
    }
    WholeDirectory.write(
        bundle,
        BundleDirectory::isBundle,
        EXPECTED,
        directory -> {
          Path file = directory.resolve(entry.file());
          model.writeTo(file);
          for (Map.Entry<String, byte[]> more : files.entrySet()) {
            Files.write(directory.resolve(more.getKey()), more.getValue());
          }
          BundleSpec written = spec.with(entry.withSha256(Sha256.of(file)));
          Files.write(
              directory.resolve(BundleDirectory.YAML), SpecText.of(written).getBytes(UTF_8));
        });
  }
}
