package io.github.narthex.bundle;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.Model;
import io.github.narthex.bundle.BundleSpec.ModelEntry;
import io.github.narthex.bundle.BundleSpec.Proven;
import io.github.narthex.bundle.BundleSpec.Source;
import io.github.narthex.bundle.Configuration.Accuracy;
import io.github.narthex.bundle.Configuration.Limits;
import io.github.narthex.bundle.Configuration.Policy;
import io.github.narthex.bundle.Configuration.Run;
import io.github.narthex.io.InputSpec;
import io.github.narthex.models.Builtin;
import io.github.narthex.strategy.Recipe;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Bundles for tests. */
public final class Bundles {
  private Bundles() {}

  /** What a narthex.yaml would say of such a model. */
  static BundleSpec spec(Recipe recipe, Run run, String... inputs) {
    return new BundleSpec(
        ModelEntry.of(recipe, new Source("a test", null)),
        new Configuration(
            List.of(inputs).stream().map(InputSpec::parse).toList(),
            run,
            null,
            Limits.NONE,
            Accuracy.UNSET,
            null,
            Policy.STANDARD),
        Proven.here(List.of()));
  }

  /** A bundle of a script without weights. */
  public static Path scripted(Path bundle, String source, Run run, String... inputs) {
    try (Arena arena = Arena.ofConfined()) {
      Model model = Model.script(arena, source);
      BundleWriter.write(bundle, spec(Recipe.EAGER, run, inputs), model, Map.of());
    }
    return bundle;
  }

  /** A bundle of the built-in mlp under a recipe. */
  public static Path mlp(Path bundle, String recipeText, Run run) {
    try (Arena arena = Arena.ofConfined()) {
      Recipe recipe = Recipe.parse(recipeText);
      Model model = recipe.applyTo(arena, Builtin.MLP.build(arena, 0));
      BundleWriter.write(bundle, spec(recipe, run, "1x784"), model, Map.of());
    }
    return bundle;
  }

  /** A bundle of the built-in mlp for a device, which need not be there. */
  public static Path mlpFor(Path bundle, String device, Run run) {
    try (Arena arena = Arena.ofConfined()) {
      BundleWriter.write(
          bundle, spec(Recipe.parse(device), run, "1x784"), Builtin.MLP.build(arena, 0), Map.of());
    }
    return bundle;
  }

  /** A bundle of an AOTInductor package. */
  public static Path packaged(Path bundle, Path file, Run run, String... inputs) {
    return packagedFor(bundle, file, "eager", run, inputs);
  }

  /** The same, to be run by that recipe, which says where. */
  static Path packagedFor(Path bundle, Path file, String recipe, Run run, String... inputs) {
    BundleWriter.write(bundle, spec(Recipe.parse(recipe), run, inputs), file, Map.of());
    return bundle;
  }

  /** Changes the text of a bundle's narthex.yaml. */
  public static void edit(Path bundle, String before, String after) throws IOException {
    Path yaml = bundle.resolve(BundleDirectory.YAML);
    String text = Files.readString(yaml);
    assertTrue(text.contains(before), text);
    Files.writeString(yaml, text.replace(before, after));
  }
}
