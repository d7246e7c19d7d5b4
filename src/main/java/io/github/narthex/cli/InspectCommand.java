package io.github.narthex.cli;

import com.google.gson.JsonObject;
import io.github.narthex.Model;
import io.github.narthex.ModelPackage;
import io.github.narthex.bench.ModelSource;
import io.github.narthex.io.TensorFile;
import io.github.narthex.io.TorchScriptArchive;
import io.github.narthex.report.InspectReport;
import io.github.narthex.report.Json;
import io.github.narthex.report.PackageReport;
import io.github.narthex.report.SavedAlong;
import io.github.narthex.report.TensorsReport;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** {@code narthex inspect}. */
final class InspectCommand {
  private InspectCommand() {}

  static int run(Arguments arguments, Streams streams) {
    String text = arguments.positional().getFirst();
    long seed = Values.seed(arguments);
    String json = arguments.value("--json");
    ResultFile.check(json);
    if (ModelArgument.isTensors(text)) {
      inspectTensors(text, json, streams);
      return ExitCode.OK;
    }
    Values.loadLibraries(arguments);
    Optional<Path> packaged = ModelArgument.packageFile(text);
    if (packaged.isPresent()) {
      PackageReport report = PackageReport.of(ModelPackage.read(packaged.get()));
      print(report::text, report::json, json, streams);
    } else {
      inspectModel(ModelArgument.inspectable(text), seed, json, streams);
    }
    return ExitCode.OK;
  }

  /** Without libtorch, and without reading the elements. */
  private static void inspectTensors(String text, @Nullable String json, Streams streams) {
    try (Arena arena = Arena.ofConfined()) {
      TensorsReport report = new TensorsReport(text, TensorFile.open(arena, Path.of(text)));
      print(report::text, report::json, json, streams);
    }
  }

  private static void inspectModel(String text, long seed, @Nullable String json, Streams streams) {
    try (Arena arena = Arena.ofConfined()) {
      ModelSource source = ModelSource.of(arena, text, seed);
      String format = "built-in";
      String writer = "";
      SavedAlong along = SavedAlong.NOTHING;
      Path file = source.file();
      if (file != null) {
        TorchScriptArchive archive = TorchScriptArchive.read(file);
        format =
            (source.bundle().isPresent() ? "bundle, " : "")
                + "TorchScript, archive version "
                + archive.version();
        writer = archive.writer();
        along = new SavedAlong(Model.extraFiles(file));
      }
      InspectReport report =
          InspectReport.of(text, format, writer, source.wasTraining(), source.model(), along);
      print(report::text, report::json, json, streams);
    }
  }

  private static void print(
      Supplier<String> text,
      Supplier<JsonObject> document,
      @Nullable String json,
      Streams streams) {
    if (json != null) {
      ResultFile.write(json, Json.text(document.get()), streams.out());
    }
    if (!ResultFile.STANDARD_OUTPUT.equals(json)) {
      streams.out().print(text.get());
    }
  }
}
