package io.github.narthex.cli;

import io.github.narthex.bench.VerifyResult;
import io.github.narthex.bench.VerifyRun;
import io.github.narthex.bench.VerifyTask;
import io.github.narthex.report.Json;
import io.github.narthex.report.VerifyReport;

/** {@code narthex verify}. */
final class VerifyCommand {
  private static final int COUNT = 16;
  private static final int MOST = 1_000_000;

  private VerifyCommand() {}

  static int run(Arguments arguments, Streams streams) {
    String reference = ModelArgument.checked(arguments.positional().getFirst());
    String candidate = ModelArgument.checked(arguments.positional().getLast());
    VerifyTask task =
        new VerifyTask(
            reference,
            candidate,
            Values.packageOptions(arguments, 1, reference, candidate),
            Values.inputs(arguments, 0),
            arguments.value("--data"),
            (int) arguments.number("--count", COUNT, 1, MOST),
            Values.fraction("--max-error", arguments.value("--max-error", "2%")),
            Values.device(arguments),
            Values.threads(arguments),
            Values.seed(arguments));
    Values.loadLibraries(arguments);
    ResultFiles files = ResultFiles.of(arguments, "--json");
    VerifyResult result =
        BenchCommand.measured(arguments, progress -> VerifyRun.run(task, progress));
    files.write("--json", () -> Json.text(VerifyReport.json(result)), streams);
    if (!files.takeStandardOutput()) {
      streams.out().print(VerifyReport.text(result));
    }
    if (!result.agrees()) {
      streams
          .err()
          .printf("narthex: the answers of %s and %s differ%n", task.reference(), task.candidate());
    }
    return result.agrees() ? ExitCode.OK : ExitCode.DIFFERS;
  }
}
