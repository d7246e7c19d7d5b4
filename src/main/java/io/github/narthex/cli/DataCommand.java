package io.github.narthex.cli;

import io.github.narthex.Tensor;
import io.github.narthex.Value;
import io.github.narthex.bench.ModelSource;
import io.github.narthex.bench.PackageOptions;
import io.github.narthex.io.InputSpec;
import io.github.narthex.io.ModelInputs;
import io.github.narthex.io.SampleDirectory;
import io.github.narthex.io.Samples;
import io.github.narthex.models.Builtin;
import io.github.narthex.models.ShapePictures;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** {@code narthex data}. */
final class DataCommand {
  private static final int DEFAULT_COUNT = 100;
  private static final int MAX_COUNT = 1_000_000;

  /** Other pictures than those that the net was trained on. */
  private static final long DEFAULT_SEED = 2;

  private DataCommand() {}

  static int run(Arguments arguments, Streams streams) {
    String model = ModelArgument.checked(arguments.positional().getFirst());
    int count = (int) arguments.number("--count", DEFAULT_COUNT, 1, MAX_COUNT);
    long seed = Values.seed(arguments, DEFAULT_SEED);
    List<InputSpec> specs = Values.inputSpecs(arguments);
    String output = arguments.value("--output");
    if (output == null) {
      throw new UsageException("data needs --output DIR");
    }
    PackageOptions packageOptions = Values.packageOptions(arguments, 1, model);
    Values.loadLibraries(arguments);
    Samples samples = samples(model, packageOptions, specs, count, seed);
    SampleDirectory.write(Path.of(output), samples);
    streams.out().println(line(samples) + "  -> " + output);
    return ExitCode.OK;
  }

  private static Samples samples(
      String model, PackageOptions packageOptions, List<InputSpec> specs, int count, long seed) {
    if (model.equals(Builtin.SHAPES_NET.id()) && specs.isEmpty()) {
      return ShapePictures.of(seed).samples(0, count);
    }
    try (Arena arena = Arena.ofConfined()) {
      ModelInputs inputs =
          ModelSource.of(arena, model, seed, packageOptions).inputs(specs, 0, seed);
      if (!inputs.isVaried() && count > 1) {
        throw new IllegalArgumentException(
            "nothing differs between samples: none of the model's inputs is made up");
      }
      return inputs.samples(count);
    }
  }

  private static String line(Samples samples) {
    try (Arena arena = Arena.ofConfined()) {
      String inputs =
          samples.sample(arena, 0).entrySet().stream()
              .map(input -> input.getKey() + " " + text(input.getValue()))
              .collect(Collectors.joining(", "));
      return "%d %ssamples: %s"
          .formatted(samples.count(), samples.label(0).isPresent() ? "labelled " : "", inputs);
    }
  }

  private static String text(Value value) {
    return value instanceof Value.OfTensor(Tensor tensor)
        ? tensor.shape() + ":" + tensor.dtype()
        : value.toString();
  }
}
