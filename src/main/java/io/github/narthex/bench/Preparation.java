package io.github.narthex.bench;

import io.github.narthex.Device;
import io.github.narthex.Devices;
import io.github.narthex.Model;
import io.github.narthex.Tensor;
import io.github.narthex.Value;
import io.github.narthex.Version;
import io.github.narthex.io.InputSpec;
import io.github.narthex.io.ModelInputs;
import io.github.narthex.io.Npy;
import io.github.narthex.io.NpyArray;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes once what all workers load: the model's file and the inputs. */
final class Preparation {
  private Preparation() {}

  /**
   * Loads or builds the model, settles its inputs, and runs it once on them if that is asked for,
   * so that a mistake is found before the measurement begins.
   *
   * @throws io.github.narthex.InputException if the model does not run on its inputs
   */
  static Protocol.Prepared run(Protocol.Prepare request) {
    request.devices().stream()
        .map(Device::parse)
        .filter(device -> !device.isCpu())
        .forEach(Devices::properties); // says why, if one is not there
    try (Arena arena = Arena.ofConfined()) {
      Path directory = Path.of(request.directory());
      ModelSource source =
          ModelSource.of(
              arena,
              request.model(),
              request.seed(),
              PackageOptions.parse(request.packageOptions()));
      Model model = source.model().withThreads(request.threads());
      List<InputSpec> given = request.inputs().stream().map(InputSpec::parse).toList();
      DataSamples data =
          request.data() == null ? null : DataSamples.open(source, Path.of(request.data()), given);
      ModelInputs inputs =
          data != null && given.isEmpty()
              ? data.first()
              : source.inputs(given, request.batch(), request.seed());
      Map<String, Value> first = inputs.sample(arena, 0);
      if (data != null) {
        data.checkAgainst(first);
      }
      boolean tryOut = request.tryOut() || data != null;
      DataSamples used = tryOut ? tryOut(model, first, data) : null;
      List<List<String>> sets =
          used == null ? madeUp(directory, inputs, request.accuracyInputs()) : used.files();
      List<String> timed =
          used == null || given.isEmpty() ? sets.getFirst() : write(directory, inputs, 0);
      Path file = source.fileIn(directory);
      return new Protocol.Prepared(
          file.toString(),
          source.info(request.model(), file),
          List.copyOf(model.operators().keySet()),
          ModelSource.describe(inputs, first),
          batch(first.values()),
          timed,
          sets,
          arguments(first),
          used == null ? null : used.use(),
          used == null ? List.of() : used.labels(),
          Version.libtorch());
    }
  }

  /** Runs the model, and chooses as many samples as there is room for its answers. */
  private static @Nullable DataSamples tryOut(
      Model model, Map<String, Value> inputs, @Nullable DataSamples data) {
    try (Arena results = Arena.ofConfined()) {
      Value answer = ModelSource.run(results, model, inputs);
      return data == null ? null : data.forAnswersLike(answer);
    }
  }

  private static List<List<String>> madeUp(Path directory, ModelInputs inputs, int wanted) {
    List<List<String>> sets = new ArrayList<>();
    int count = inputs.isVaried() ? wanted : 1;
    for (int sample = 0; sample < count; sample++) {
      sets.add(write(directory, inputs, sample));
    }
    return sets;
  }

  private static List<Protocol.Argument> arguments(Map<String, Value> inputs) {
    List<Protocol.Argument> arguments = new ArrayList<>();
    inputs.forEach(
        (name, value) ->
            arguments.add(new Protocol.Argument(name, array(value).dtype().toString())));
    return arguments;
  }

  private static List<String> write(Path directory, ModelInputs inputs, int sample) {
    List<String> files = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      for (Value value : inputs.sample(arena, sample).values()) {
        Path file = directory.resolve("input-%d-%d.npy".formatted(sample, files.size()));
        Npy.write(file, array(value));
        files.add(file.toString());
      }
    }
    return files;
  }

  /** An input as an array; a number is one of a single element. */
  private static NpyArray array(Value value) {
    return switch (value) {
      case Value.OfTensor(Tensor tensor) ->
          new NpyArray(tensor.dtype(), tensor.shape(), tensor.segment());
      default -> NpyArray.of(value);
    };
  }

  /** The first dimension of the first input that has more than one. */
  private static long batch(Collection<Value> inputs) {
    for (Value input : inputs) {
      if (input instanceof Value.OfTensor(Tensor tensor) && tensor.shape().rank() > 1) {
        return tensor.shape().dim(0);
      }
    }
    return 1;
  }
}
