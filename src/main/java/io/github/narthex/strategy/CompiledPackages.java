package io.github.narthex.strategy;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.narthex.DType;
import io.github.narthex.Device;
import io.github.narthex.Devices;
import io.github.narthex.Model;
import io.github.narthex.Tensor;
import io.github.narthex.UnsupportedException;
import io.github.narthex.Value;
import io.github.narthex.Version;
import io.github.narthex.export.ExportProgress;
import io.github.narthex.export.ExportTask;
import io.github.narthex.export.Exporter;
import io.github.narthex.export.Python;
import io.github.narthex.gpu.CudaDevices;
import io.github.narthex.gpu.GpuStatus;
import io.github.narthex.internal.files.BoundedCache;
import io.github.narthex.internal.files.Digest;
import io.github.narthex.internal.files.TemporaryDirectory;
import io.github.narthex.io.Npy;
import io.github.narthex.io.NpyArray;
import io.github.narthex.io.Samples;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Packages that AOTInductor makes of models for this machine, and that are kept: what was compiled
 * once for a model's contents, sizes of inputs, processor or GPU and libtorch is not compiled
 * again, and needs no Python.
 *
 * @param cache where they are kept
 * @param compiler makes one, and tells how, as {@link Exporter#run} does
 * @param torch the version of the torch that compiles for GPUs
 */
record CompiledPackages(
    BoundedCache cache, Function<ExportTask, JsonObject> compiler, Supplier<String> torch) {
  private static final String PACKAGE = "model.pt2";
  private static final String RESULT = "export.json";
  private static final Duration LIMIT = Duration.ofMinutes(25);

  /**
   * What to compile.
   *
   * @param dtype what to compute in, as the export names it; empty for as the model is
   * @param maxAutotune whether to try several kernels
   * @param dynamic whether one code is for batches of all sizes
   * @param device what it is for
   */
  record Choice(Optional<String> dtype, boolean maxAutotune, boolean dynamic, Device device) {}

  /** Those that the very torch of libtorch compiles. */
  CompiledPackages(BoundedCache cache, Function<ExportTask, JsonObject> compiler) {
    this(cache, compiler, Version::libtorch);
  }

  /** Those of this user, made by the user's Python. */
  static CompiledPackages ofThisUser() {
    return new CompiledPackages(
        BoundedCache.ofPackages("inductor"),
        task -> {
          Python python = Python.forLibtorch(null, System.getenv(), Version.libtorch());
          return new Exporter(python, LIMIT).run(task, ExportProgress.SILENT);
        },
        CompiledPackages::torchOfPython);
  }

  /** Where there is no Python, what was compiled by a torch of libtorch's version is found. */
  private static String torchOfPython() {
    String libtorch = Version.libtorch();
    try {
      String found = Python.forLibtorch(null, System.getenv(), libtorch).torch();
      return found == null ? libtorch : found;
    } catch (UnsupportedException e) {
      return libtorch;
    }
  }

  /**
   * The package of a model.
   *
   * @param samples the first says for which sizes
   * @param notes is told how long it took to compile
   */
  Path of(Model model, Choice choice, Samples samples, Consumer<String> notes) {
    try (TemporaryDirectory directory = TemporaryDirectory.create("narthex-inductor-");
        Arena scratch = Arena.ofConfined()) {
      Path source = directory.path().resolve("model.pt");
      model.save(source);
      Map<String, Value> sample = samples.sample(scratch, 0);
      String key = key(source, choice, sample);
      boolean isKnown = cache.holds(key);
      Path entry =
          cache.entry(key, made -> make(made, task(source, choice, sample, directory.path())));
      notes.accept(told(entry, isKnown));
      return entry.resolve(PACKAGE);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot keep compiled packages: " + e.getMessage(), e);
    }
  }

  /** How the model is run, and what only names it, have no part in what is compiled. */
  private String key(Path source, Choice choice, Map<String, Value> sample) throws IOException {
    Machine machine = Machine.current();
    List<String> lines =
        new ArrayList<>(
            List.of(
                Version.NARTHEX,
                Version.libtorch(),
                Exporter.scripts(),
                machine.arch(),
                new TreeSet<>(machine.cpuFlags()).toString(),
                choice.toString(),
                Digest.ofEntries(
                    source, name -> !name.matches("extra/.*|.*serialization_id|.*debug_pkl"))));
    if (!choice.device().isCpu()) {
      lines.add(what(choice.device()));
      lines.add(torch.get().split("\\+", 2)[0]); // builds of one version compile alike
    }
    sample.forEach((name, value) -> lines.add(name + " " + what(value, choice.dynamic())));
    return Digest.of(String.join("\n", lines));
  }

  /** Kind and compute capability, and where NVML does not tell that how large it is. */
  private static String what(Device device) {
    return device.type()
        + " "
        + CudaDevices.read()
            .gpu(device)
            .flatMap(GpuStatus::computeCapability)
            .orElseGet(() -> Devices.properties(device).totalBytes() + " bytes");
  }

  /** Of a tensor what it is; a number is part of the code. */
  private static String what(Value value, boolean dynamic) {
    if (value instanceof Value.OfTensor(Tensor tensor)) {
      String sizes = tensor.shape().toString();
      return tensor.dtype() + " " + (dynamic ? sizes.replaceFirst("\\d+", "*") : sizes);
    }
    return value.toString();
  }

  private static ExportTask task(
      Path source, Choice choice, Map<String, Value> sample, Path directory) throws IOException {
    List<String> inputs = new ArrayList<>();
    List<String> batches = new ArrayList<>();
    for (Map.Entry<String, Value> input : sample.entrySet()) {
      String name = input.getKey();
      if (input.getValue() instanceof Value.OfTensor(Tensor tensor)
          && tensor.dtype() == DType.BFLOAT16) { // which npy files have not
        inputs.add("%s=%s:bfloat16".formatted(name, tensor.shape()));
      } else {
        Path file = directory.resolve("input-%d.npy".formatted(inputs.size()));
        Npy.write(file, array(name, input.getValue()));
        inputs.add(name + "=" + file);
      }
      if (input.getValue() instanceof Value.OfTensor(Tensor tensor) && tensor.shape().rank() > 0) {
        batches.add(name + ".0");
      }
    }
    List<String> vary =
        choice.dynamic() && !batches.isEmpty()
            ? List.of("batch:%s=1..".formatted(String.join(",", batches)))
            : List.of();
    ExportTask plain = ExportTask.of(source.toString(), directory.resolve(PACKAGE), inputs);
    return plain
        .on(choice.device().toString())
        .with(vary, choice.dtype().orElse(null), choice.maxAutotune(), Double.POSITIVE_INFINITY);
  }

  private static NpyArray array(String name, Value value) {
    try {
      return NpyArray.of(value);
    } catch (IllegalArgumentException e) {
      throw new UnsupportedException(
          "the export takes tensors and numbers, and the argument '%s' is neither".formatted(name),
          "",
          e);
    }
  }

  private void make(Path directory, ExportTask task) throws IOException {
    JsonObject result = compiler.apply(task);
    Files.move(task.output(), directory.resolve(PACKAGE));
    Files.writeString(directory.resolve(RESULT), result.toString());
  }

  private static String told(Path entry, boolean isKnown) throws IOException {
    JsonObject result =
        JsonParser.parseString(Files.readString(entry.resolve(RESULT), UTF_8)).getAsJsonObject();
    double seconds = 0;
    for (JsonElement stage : result.getAsJsonObject("seconds").asMap().values()) {
      seconds += stage.getAsDouble();
    }
    return "%s by Inductor in %.0f s with torch %s%s"
        .formatted(
            isKnown ? "was compiled" : "compiled",
            seconds,
            result.get("torch").getAsString(),
            isKnown ? ", taken from the cache" : "");
  }
}
