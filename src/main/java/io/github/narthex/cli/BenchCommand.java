package io.github.narthex.cli;

import io.github.narthex.bench.Bench;
import io.github.narthex.bench.BenchResult;
import io.github.narthex.bench.BenchTask;
import io.github.narthex.bench.Effort;
import io.github.narthex.bench.Progress;
import io.github.narthex.bench.WorkerCommand;
import io.github.narthex.bench.Workload;
import io.github.narthex.report.BenchCsv;
import io.github.narthex.report.BenchJson;
import io.github.narthex.report.BenchTable;
import io.github.narthex.report.Json;
import io.github.narthex.report.ProgressBar;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;

/** {@code narthex bench}. */
final class BenchCommand {
  private static final String DEFAULT_MODEL = "resnet50";
  private static final double NANOS_PER_S = 1e9;
  private static final double MAX_DURATION_S = 1e6;

  private BenchCommand() {}

  static int run(Arguments arguments, Streams streams) {
    BenchTask task = task(arguments);
    String json = arguments.value("--json");
    String csv = arguments.value("--csv");
    boolean toOut = ResultFile.STANDARD_OUTPUT.equals(json);
    if (toOut && ResultFile.STANDARD_OUTPUT.equals(csv)) {
      throw new UsageException("only one of --json and --csv can be standard output");
    }
    ResultFile.check(json);
    ResultFile.check(csv);
    toOut |= ResultFile.STANDARD_OUTPUT.equals(csv);
    BenchResult result = measure(task, arguments.has("--quiet"));
    Workload.Data data = result.workload().data();
    if (data != null && data.used() < data.samples() && !arguments.has("--quiet")) {
      streams
          .err()
          .printf(
              "narthex: answers were compared over %d of the %d samples in %s, evenly spread%n",
              data.used(), data.samples(), data.directory());
    }
    if (json != null) {
      ResultFile.write(json, Json.text(BenchJson.of(result)), streams.out());
    }
    if (csv != null) {
      ResultFile.write(csv, BenchCsv.of(result), streams.out());
    }
    if (!toOut || !arguments.has("--quiet")) {
      // Standard output holds one thing, so that a program can read it.
      PrintStream table = toOut ? streams.err() : streams.out();
      table.print(BenchTable.of(result));
    }
    return result.recommendation().recipe() == null ? ExitCode.FAILED : ExitCode.OK;
  }

  private static BenchResult measure(BenchTask task, boolean quiet) {
    WorkerCommand command = WorkerCommand.likeThisJvm(Main.class, "worker");
    if (quiet) {
      return Bench.run(task, command, Progress.SILENT);
    }
    try (ProgressBar bar = ProgressBar.onStandardError()) {
      return Bench.run(task, command, bar);
    }
  }

  /** What the command line asks for. Reads no more than the model file's first bytes. */
  static BenchTask task(Arguments arguments) {
    List<String> positional = arguments.positional();
    List<String> recipes = Values.recipes(arguments.values("--recipe"));
    Effort effort = effort(arguments);
    double maxError = Values.fraction("--max-error", arguments.value("--max-error", "2%"));
    long batch = arguments.number("--batch", 0, 1, Integer.MAX_VALUE);
    int threads = Values.threads(arguments);
    String device = Values.device(arguments);
    long seed = arguments.number("--seed", 0, Long.MIN_VALUE, Long.MAX_VALUE);
    List<String> inputs = Values.inputs(arguments, batch);
    String data = arguments.value("--data");
    if (data != null && batch > 0) {
      throw new UsageException(
          "only one of --data and --batch can be given: the batch of samples is in their files");
    }
    return new BenchTask(
        ModelArgument.checked(positional.isEmpty() ? DEFAULT_MODEL : positional.getFirst()),
        inputs,
        data,
        recipes,
        batch,
        threads,
        device,
        maxError,
        seed,
        effort);
  }

  private static Effort effort(Arguments arguments) {
    long warmUp = arguments.number("--warmup", 0, 1, Integer.MAX_VALUE);
    long iterations = arguments.number("--iterations", 0, 1, Integer.MAX_VALUE);
    String duration = arguments.value("--duration");
    if (duration != null && iterations > 0) {
      throw new UsageException("only one of --iterations and --duration can be given");
    }
    return new Effort(
        warmUp,
        iterations,
        duration == null ? Duration.ZERO : seconds(duration),
        Effort.DEFAULT_BUDGET);
  }

  private static Duration seconds(String text) {
    try {
      double seconds =
          Double.parseDouble(text.endsWith("s") ? text.substring(0, text.length() - 1) : text);
      if (seconds > 0 && seconds <= MAX_DURATION_S) {
        return Duration.ofNanos((long) (seconds * NANOS_PER_S));
      }
    } catch (NumberFormatException e) {
      // Said below, in the same words as for a number out of range.
    }
    throw new UsageException(
        "bad value '%s' of --duration: expected a number of seconds above 0".formatted(text));
  }
}
