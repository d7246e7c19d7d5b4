package io.github.narthex.cli;

import com.google.gson.JsonObject;
import io.github.narthex.ModelFormat;
import io.github.narthex.Value;
import io.github.narthex.Version;
import io.github.narthex.bench.ModelSource;
import io.github.narthex.export.ExportProgress;
import io.github.narthex.export.ExportTask;
import io.github.narthex.export.Exporter;
import io.github.narthex.export.Python;
import io.github.narthex.internal.files.TemporaryDirectory;
import io.github.narthex.io.InputSpec;
import io.github.narthex.io.ModelInputs;
import io.github.narthex.report.ExportText;
import io.github.narthex.report.Json;
import io.github.narthex.report.ProgressBar;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** {@code narthex export}. */
final class ExportCommand {
  private static final String AOTI = "aoti";
  static final String SUFFIX = ".pt2";
  private static final Duration LIMIT = Duration.ofHours(1);

  private static final List<String> DTYPES =
      List.of("float32", "bfloat16", "float16", "bfloat16-mixed", "float16-mixed");
  private static final List<String> LEVELS =
      List.of("native", "x86-64-v2", "x86-64-v3", "x86-64-v4");
  private static final List<String> DEVICES = List.of("cpu", "cuda");

  private ExportCommand() {}

  static int run(Arguments arguments, Streams streams) {
    return run(arguments, streams, System.getenv());
  }

  static int run(Arguments arguments, Streams streams, Map<String, String> variables) {
    ResultFiles files = ResultFiles.of(arguments, "--json");
    ExportTask task = task(arguments);
    ResultFile.check(task.output().toString());
    checkSource(task.source());
    String bundle = arguments.value("--bundle");
    if (bundle != null) {
      ExportedBundle.check(Path.of(bundle), task);
    }
    String time = arguments.value("--timeout");
    Duration limit = time == null ? LIMIT : Quantities.duration("--timeout", time);
    String named = arguments.value("--python");
    Python python =
        Python.forLibtorch(named == null ? null : Path.of(named), variables, Version.libtorch());
    JsonObject result = export(new Exporter(python, limit), task, arguments);
    if (bundle != null) {
      ExportedBundle.write(Path.of(bundle), task);
    }
    result.add("bundle", Json.text(bundle));
    files.write("--json", () -> Json.text(result), streams);
    if (!files.takeStandardOutput()) {
      streams.out().print(ExportText.of(result));
    }
    return ExitCode.OK;
  }

  private static ExportTask task(Arguments arguments) {
    String output = arguments.value("--output");
    if (output == null || !output.endsWith(SUFFIX)) {
      throw new UsageException(
          output == null
              ? "export needs --output FILE.pt2"
              : "bad value '%s' of --output: expected a name that ends in .pt2".formatted(output));
    }
    var _ = Values.choice(arguments, "--format", List.of(AOTI), AOTI);
    return new ExportTask(
        arguments.positional().getFirst(),
        Path.of(output),
        Values.inputs(arguments, 0),
        arguments.values("--dynamic"),
        arguments.has("--dtype") ? Values.choice(arguments, "--dtype", DTYPES, "") : null,
        !arguments.has("--no-freeze"),
        arguments.has("--max-autotune"),
        Values.choice(arguments, "--isa", LEVELS, "native"),
        (int) arguments.number("--threads", 0, 1, Integer.MAX_VALUE),
        Values.choice(arguments, "--device", DEVICES, "cpu"),
        arguments.value("--name", "model"),
        arguments.has("--add"),
        Values.fraction("--max-error", arguments.value("--max-error", "2%")),
        Values.seed(arguments),
        arguments.values("--inductor"));
  }

  private static boolean isModule(String source) {
    int colon = source.lastIndexOf(':');
    return colon > 0 && source.substring(0, colon).endsWith(".py");
  }

  private static void checkSource(String source) {
    if (!isModule(source) && !ModelArgument.isBuiltin(source)) {
      var _ = ModelArgument.file(source);
      ModelArgument.refusePackage(source);
    }
  }

  private static JsonObject export(Exporter exporter, ExportTask task, Arguments arguments) {
    boolean isScript =
        ModelArgument.isBuiltin(task.source())
            || (!isModule(task.source()) && isScript(Path.of(task.source())));
    try (TemporaryDirectory directory = TemporaryDirectory.create("narthex-model-")) {
      return exported(exporter, isScript ? script(task, directory.path()) : task, arguments);
    }
  }

  private static boolean isScript(Path file) {
    ModelFormat format = ModelFormat.detect(file);
    return format == ModelFormat.TORCHSCRIPT || format == ModelFormat.BUNDLE;
  }

  /** TorchScript in a file, with inputs as bench would have them. */
  private static ExportTask script(ExportTask task, Path directory) {
    try (Arena arena = Arena.ofConfined()) {
      ModelSource source = ModelSource.of(arena, task.source(), task.seed());
      Path file = source.file();
      if (file == null) {
        file = directory.resolve(task.source() + ".pt");
        source.model().save(file);
      }
      List<InputSpec> given = task.inputs().stream().map(InputSpec::parse).toList();
      return task.withSource(file.toString(), named(arena, source.inputs(given, 0, task.seed())));
    }
  }

  /** Each description with the name of its argument. */
  private static List<String> named(Arena arena, ModelInputs inputs) {
    Map<String, Value> sample = inputs.sample(arena, 0);
    Iterator<String> names = sample.keySet().iterator();
    List<String> texts = new ArrayList<>();
    for (InputSpec spec : inputs.specs()) {
      String name = names.next();
      texts.add(spec.name().isPresent() ? spec.toString() : name + "=" + spec);
    }
    return texts;
  }

  private static JsonObject exported(Exporter exporter, ExportTask task, Arguments arguments) {
    if (arguments.has("--quiet")) {
      return exporter.run(task, ExportProgress.SILENT);
    }
    try (ProgressBar bar = ProgressBar.onStandardError()) {
      return exporter.run(
          task,
          (stage, stages, what, elapsed) ->
              bar.update(
                  "%d s, %s".formatted(elapsed.toSeconds(), what),
                  Math.max(0, stage - 1) / (double) stages));
    }
  }
}
