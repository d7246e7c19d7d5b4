package io.github.narthex.cli;

import io.github.narthex.Model;
import io.github.narthex.bench.CalibrationData;
import io.github.narthex.bench.ModelSource;
import io.github.narthex.io.InputSpec;
import io.github.narthex.strategy.Applied;
import io.github.narthex.strategy.Recipe;
import java.lang.foreign.Arena;
import java.util.List;

/** Applies a recipe, with samples if it has use for some, and tells what came of it. */
final class RecipeApplication {
  private RecipeApplication() {}

  static Applied apply(
      Arena arena,
      Recipe recipe,
      ModelSource source,
      Model model,
      Arguments arguments,
      Streams streams) {
    if (!recipe.usesSamples()) {
      return recipe.apply(arena, model);
    }
    String data = arguments.value("--data");
    boolean talks = !arguments.has("--quiet");
    if (data == null && recipe.calibrates() && talks) {
      streams.err().println("narthex: " + CalibrationData.MADE_UP);
    }
    long seed = Values.seed(arguments);
    List<InputSpec> given = Values.inputSpecs(arguments);
    Applied applied = recipe.apply(arena, model, CalibrationData.of(source, data, seed, given));
    if (talks) {
      applied.notes().forEach(note -> streams.err().println("narthex: " + note));
    }
    return applied;
  }
}
