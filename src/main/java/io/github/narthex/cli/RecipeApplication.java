package io.github.narthex.cli;

import io.github.narthex.bench.CalibrationData;
import io.github.narthex.bench.ModelSource;
import io.github.narthex.io.InputSpec;
import io.github.narthex.io.Samples;
import io.github.narthex.strategy.Applied;
import io.github.narthex.strategy.Calibration;
import io.github.narthex.strategy.Recipe;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.function.Consumer;

/** Applies a recipe, with samples if it needs some. */
final class RecipeApplication {
  private RecipeApplication() {}

  static Applied apply(
      Arena arena, Recipe recipe, ModelSource source, Arguments arguments, Streams streams) {
    if (!recipe.calibrates()) {
      return recipe.apply(arena, source.model());
    }
    Consumer<String> notes =
        note -> {
          if (!arguments.has("--quiet")) {
            streams.err().println("narthex: " + note);
          }
        };
    String data = arguments.value("--data");
    if (data == null) {
      notes.accept(CalibrationData.MADE_UP);
    }
    long seed = arguments.number("--seed", 0, Long.MIN_VALUE, Long.MAX_VALUE);
    List<InputSpec> given = Values.inputs(arguments, 0).stream().map(InputSpec::parse).toList();
    Samples samples = CalibrationData.of(source, data, seed, given);
    return recipe.apply(arena, source.model(), new Calibration(samples, notes));
  }
}
