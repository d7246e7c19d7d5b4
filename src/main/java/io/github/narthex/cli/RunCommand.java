package io.github.narthex.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.github.narthex.Model;
import io.github.narthex.NativeMemory;
import io.github.narthex.Tensor;
import io.github.narthex.UnsupportedException;
import io.github.narthex.Value;
import io.github.narthex.bench.ModelSource;
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
import org.jspecify.annotations.Nullable;

/** {@code narthex run}. */
final class RunCommand {
  private static final String SCHEMA = "narthex.run/1";
  private static final String NPY = ".npy";

  private RunCommand() {}

  static int run(Arguments arguments, Streams streams) {
    String text = ModelArgument.checked(arguments.positional().getFirst());
    Recipe recipe = Values.recipe(arguments.value("--recipe", Recipe.EAGER.toString()));
    int threads = Values.threads(arguments);
    Values.device(arguments);
    long seed = arguments.number("--seed", 0, Long.MIN_VALUE, Long.MAX_VALUE);
    List<InputSpec> specs = Values.inputs(arguments, 0).stream().map(InputSpec::parse).toList();
    String json = arguments.value("--json");
    String output = output(arguments);
    ResultFile.check(json);
    ResultFile.check(output);
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
        ModelSource source = ModelSource.of(loading, text, seed);
        if (source.wasTraining() && !arguments.has("--quiet")) {
          streams
              .err()
              .println("narthex: the model was saved in training mode; it runs in evaluation mode");
        }
        inputs = source.inputs(specs, 0, seed);
        model = recipe.applyTo(arena, source.model()).withThreads(threads);
      }
      NativeMemory.trim();
      List<Value> values = inputs.sample(arena, 0);
      Value result = ModelSource.run(arena, model, values);
      List<Output> outputs = outputs(result.tensors(), output);
      report(
          arguments, streams, outputs, recipe, threads, ModelSource.describe(inputs, values), text);
    }
    return ExitCode.OK;
  }

  private static @Nullable String output(Arguments arguments) {
    String output = arguments.value("--output");
    if (output != null && !output.endsWith(NPY)) {
      throw new UsageException(
          "bad value '%s' of --output: expected a file that ends in .npy".formatted(output));
    }
    return output;
  }

  /** One output: what it is, and where it went. */
  private record Output(
      String shape, String dtype, double min, double mean, double max, @Nullable String file) {}

  private static List<Output> outputs(List<Tensor> tensors, @Nullable String target) {
    List<Output> outputs = new ArrayList<>();
    for (int i = 0; i < tensors.size(); i++) {
      NpyArray array = NpyArray.of(tensors.get(i));
      String file = target == null ? null : numbered(target, i);
      if (file != null) {
        Npy.write(Path.of(file), array);
      }
      outputs.add(describe(tensors.get(i), array, file));
    }
    return outputs;
  }

  /** y.npy for the first output, y.1.npy for the second. */
  static String numbered(String target, int index) {
    return index == 0
        ? target
        : target.substring(0, target.length() - NPY.length()) + "." + index + NPY;
  }

  private static Output describe(Tensor tensor, NpyArray array, @Nullable String file) {
    long count = array.shape().elementCount();
    double min = Double.POSITIVE_INFINITY;
    double max = Double.NEGATIVE_INFINITY;
    double sum = 0;
    for (long i = 0; i < count; i++) {
      double value = Elements.getDouble(array.data(), array.dtype(), i);
      min = Math.min(min, value);
      max = Math.max(max, value);
      sum += value;
    }
    return new Output(
        tensor.shape().toString(), tensor.dtype().toString(), min, sum / count, max, file);
  }

  private static void report(
      Arguments arguments,
      Streams streams,
      List<Output> outputs,
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
      JsonArray array = new JsonArray();
      outputs.forEach(output -> array.add(json(output)));
      document.add("outputs", array);
      ResultFile.write(json, Json.text(document), streams.out());
    }
    if (!ResultFile.STANDARD_OUTPUT.equals(json)) {
      for (int i = 0; i < outputs.size(); i++) {
        streams.out().println(line(i, outputs.get(i)));
      }
    }
    if (outputs.isEmpty() && !arguments.has("--quiet")) {
      streams.err().println("narthex: the model returned no tensor");
    }
  }

  private static String line(int index, Output output) {
    return "output %s: %s:%s  min %s  mean %s  max %s"
            .formatted(
                index,
                output.shape(),
                output.dtype(),
                shortened(output.min()),
                shortened(output.mean()),
                shortened(output.max()))
        + (output.file() == null ? "" : "  -> " + output.file());
  }

  /** With six digits. A format or BigDecimal would do it too, and take ten milliseconds to load. */
  private static String shortened(double value) {
    double unit = Math.pow(10, 5 - Math.floor(Math.log10(Math.abs(value))));
    double rounded = Math.rint(value * unit) / unit;
    return Double.toString(Double.isFinite(rounded) ? rounded : value);
  }

  private static JsonObject json(Output output) {
    JsonObject object = new JsonObject();
    object.addProperty("shape", output.shape());
    object.addProperty("dtype", output.dtype());
    object.add("min", Json.number(output.min()));
    object.add("mean", Json.number(output.mean()));
    object.add("max", Json.number(output.max()));
    object.add("file", Json.text(output.file()));
    return object;
  }
}
