package io.github.narthex.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.github.narthex.InputException;
import io.github.narthex.Model;
import io.github.narthex.NativeMemory;
import io.github.narthex.Tensor;
import io.github.narthex.UnsupportedException;
import io.github.narthex.Value;
import io.github.narthex.bench.ModelSource;
import io.github.narthex.bench.PackageOptions;
import io.github.narthex.io.Elements;
import io.github.narthex.io.InputSpec;
import io.github.narthex.io.ModelInputs;
import io.github.narthex.io.Npy;
import io.github.narthex.io.NpyArray;
import io.github.narthex.report.Json;
import io.github.narthex.strategy.Machine;
import io.github.narthex.strategy.Recipe;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code narthex run}. */
final class RunCommand {
  private static final String SCHEMA = "narthex.run/1";
  private static final String NPY = ".npy";

  private RunCommand() {}

  static int run(Arguments arguments, Streams streams) {
    String text = ModelArgument.checked(arguments.positional().getFirst());
    ModelDefaults defaults = ModelDefaults.of(text);
    Recipe recipe = defaults.recipe(arguments);
    Values.loadLibraries(arguments);
    int threads = defaults.threads(arguments);
    long seed = Values.seed(arguments);
    List<InputSpec> specs = Values.inputSpecs(arguments);
    PackageOptions packageOptions = Values.packageOptions(arguments, 1, text);
    String json = arguments.value("--json");
    String output = output(arguments);
    ResultFile.check(json);
    ResultFile.check(output);
    if (arguments.value("--data") != null && !recipe.usesSamples()) {
      throw new UsageException(
          "--data is for recipes that need samples, such as static-int8, not for " + recipe);
    }
    recipe
        .obstacle(Machine.current())
        .ifPresent(
            reason -> {
              throw new UnsupportedException(reason);
            });
    try (Arena arena = Arena.ofConfined()) {
      ModelInputs inputs;
      Model model;
      try (Arena loading = Arena.ofConfined()) {
        ModelSource source = ModelSource.of(loading, text, seed, packageOptions, recipe.device());
        if (source.wasTraining() && !arguments.has("--quiet")) {
          streams
              .err()
              .println("narthex: the model was saved in training mode; it runs in evaluation mode");
        }
        inputs = source.inputs(specs, 0, seed);
        model =
            RecipeApplication.apply(
                    arena, recipe, source, source.model().withThreads(threads), arguments, streams)
                .model();
      }
      NativeMemory.trim();
      Map<String, Value> values = inputs.sample(arena, 0);
      Value result = run(arena, model, values, recipe);
      List<Part> parts = parts(RunResult.of(result), output);
      report(
          arguments,
          streams,
          parts,
          recipe,
          model.threads(),
          ModelSource.describe(inputs, values),
          text);
    }
    return ExitCode.OK;
  }

  /** A recipe that fails where eager would not must not pass for a mistake of the inputs. */
  private static Value run(Arena arena, Model model, Map<String, Value> inputs, Recipe recipe) {
    try {
      return ModelSource.run(arena, model, inputs);
    } catch (InputException e) {
      if (recipe.equals(Recipe.EAGER)) {
        throw e;
      }
      throw new InputException(
          "under the recipe %s %s".formatted(recipe, e.getMessage()), e.detail(), e);
    }
  }

  private static @Nullable String output(Arguments arguments) {
    String output = arguments.value("--output");
    if (output != null && !output.endsWith(NPY)) {
      throw new UsageException(
          "bad value '%s' of --output: expected a file that ends in .npy".formatted(output));
    }
    return output;
  }

  /** One line of the report. */
  private sealed interface Part {}

  /** A tensor: what it is, and where it went. Without elements, min, mean and max are null. */
  private record Output(
      int index,
      @Nullable String name,
      String shape,
      String dtype,
      @Nullable Range range,
      @Nullable String file)
      implements Part {}

  private record Range(double min, double mean, double max) {}

  /** What is no tensor. */
  private record Other(RunResult result) implements Part {}

  private static List<Part> parts(List<RunResult> results, @Nullable String target) {
    List<Part> parts = new ArrayList<>();
    int index = 0;
    for (RunResult result : results) {
      if (result.value() instanceof Value.OfTensor(Tensor tensor)) {
        NpyArray array = NpyArray.of(tensor);
        String file = target == null ? null : numbered(target, index);
        if (file != null) {
          Npy.write(Path.of(file), array);
        }
        parts.add(
            new Output(
                index++,
                result.isNamed() ? result.path() : null,
                tensor.shape().toString(),
                tensor.dtype().toString(),
                range(array),
                file));
      } else {
        parts.add(new Other(result));
      }
    }
    return parts;
  }

  /** y.npy for the first output, y.1.npy for the second. */
  static String numbered(String target, int index) {
    return index == 0
        ? target
        : target.substring(0, target.length() - NPY.length()) + "." + index + NPY;
  }

  private static @Nullable Range range(NpyArray array) {
    long count = array.shape().elementCount();
    if (count == 0) {
      return null;
    }
    double min = Double.POSITIVE_INFINITY;
    double max = Double.NEGATIVE_INFINITY;
    double sum = 0;
    for (long i = 0; i < count; i++) {
      double value = Elements.getDouble(array.data(), array.dtype(), i);
      min = Math.min(min, value);
      max = Math.max(max, value);
      sum += value;
    }
    return new Range(min, sum / count, max);
  }

  private static void report(
      Arguments arguments,
      Streams streams,
      List<Part> parts,
      Recipe recipe,
      int threads,
      List<String> inputs,
      String model) {
    String json = arguments.value("--json");
    if (json != null) {
      JsonObject document = Json.document(SCHEMA);
      document.addProperty("model", model);
      document.addProperty("recipe", recipe.toString());
      document.addProperty("threads", threads);
      document.add("inputs", Json.texts(inputs));
      JsonArray outputs = new JsonArray();
      JsonArray values = new JsonArray();
      for (Part part : parts) {
        switch (part) {
          case Output output -> outputs.add(json(output));
          case Other(RunResult result) -> values.add(result.json());
        }
      }
      document.add("outputs", outputs);
      document.add("values", values);
      ResultFile.write(json, Json.text(document), streams.out());
    }
    if (!ResultFile.STANDARD_OUTPUT.equals(json)) {
      parts.forEach(part -> streams.out().println(line(part)));
    }
    if (parts.stream().noneMatch(Output.class::isInstance) && !arguments.has("--quiet")) {
      streams.err().println("narthex: the model returned no tensor");
    }
  }

  private static String line(Part part) {
    return switch (part) {
      case Output output ->
          "output %s%s: %s:%s  %s%s"
              .formatted(
                  output.index(),
                  output.name() == null ? "" : " (" + output.name() + ")",
                  output.shape(),
                  output.dtype(),
                  text(output.range()),
                  output.file() == null ? "" : "  -> " + output.file());
      case Other(RunResult result) -> result.line();
    };
  }

  private static String text(@Nullable Range range) {
    return range == null
        ? "no elements"
        : "min %s  mean %s  max %s"
            .formatted(shortened(range.min()), shortened(range.mean()), shortened(range.max()));
  }

  /** With six digits. A format or BigDecimal would do it too, and take ten milliseconds to load. */
  private static String shortened(double value) {
    double unit = Math.pow(10, 5 - Math.floor(Math.log10(Math.abs(value))));
    double rounded = Math.rint(value * unit) / unit;
    return Double.toString(Double.isFinite(rounded) ? rounded : value);
  }

  private static JsonObject json(Output output) {
    JsonObject object = new JsonObject();
    Range range = output.range();
    object.add("name", Json.text(output.name()));
    object.addProperty("shape", output.shape());
    object.addProperty("dtype", output.dtype());
    object.add("min", Json.number(range == null ? null : range.min()));
    object.add("mean", Json.number(range == null ? null : range.mean()));
    object.add("max", Json.number(range == null ? null : range.max()));
    object.add("file", Json.text(output.file()));
    return object;
  }
}
