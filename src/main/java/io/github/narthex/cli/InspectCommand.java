package io.github.narthex.cli;

import io.github.narthex.bench.ModelSource;
import io.github.narthex.io.TorchScriptArchive;
import io.github.narthex.report.InspectReport;
import io.github.narthex.report.Json;
import java.lang.foreign.Arena;
import java.nio.file.Path;

/** {@code narthex inspect}. */
final class InspectCommand {
  private InspectCommand() {}

  static int run(Arguments arguments, Streams streams) {
    String text = ModelArgument.checked(arguments.positional().getFirst());
    long seed = arguments.number("--seed", 0, Long.MIN_VALUE, Long.MAX_VALUE);
    String json = arguments.value("--json");
    ResultFile.check(json);
    try (Arena arena = Arena.ofConfined()) {
      ModelSource source = ModelSource.of(arena, text, seed);
      String format = "built-in";
      String writer = "";
      Path file = source.file();
      if (file != null) {
        TorchScriptArchive archive = TorchScriptArchive.read(file);
        format = "TorchScript, archive version " + archive.version();
        writer = archive.writer();
      }
      InspectReport report =
          InspectReport.of(text, format, writer, source.wasTraining(), source.model());
      if (json != null) {
        ResultFile.write(json, Json.text(report.json()), streams.out());
      }
      if (!ResultFile.STANDARD_OUTPUT.equals(json)) {
        streams.out().print(report.text());
      }
    }
    return ExitCode.OK;
  }
}
