package io.github.narthex.cli;

import com.google.gson.JsonObject;
import io.github.narthex.Device;
import io.github.narthex.bench.Bench;
import io.github.narthex.bench.BenchResult;
import io.github.narthex.bench.BenchTask;
import io.github.narthex.bench.CalibrationData;
import io.github.narthex.bench.Effort;
import io.github.narthex.bench.Models;
import io.github.narthex.bench.Progress;
import io.github.narthex.bench.Stability;
import io.github.narthex.bench.Sweep;
import io.github.narthex.bench.SweepResult;
import io.github.narthex.bench.SweepTask;
import io.github.narthex.bench.WorkerCommand;
import io.github.narthex.bench.Workload;
import io.github.narthex.internal.files.ExtraLibraries;
import io.github.narthex.report.BenchCsv;
import io.github.narthex.report.BenchHtml;
import io.github.narthex.report.BenchJson;
import io.github.narthex.report.BenchMarkdown;
import io.github.narthex.report.BenchTable;
import io.github.narthex.report.Json;
import io.github.narthex.report.ProgressBar;
import io.github.narthex.report.SweepCsv;
import io.github.narthex.report.SweepJson;
import io.github.narthex.report.SweepTable;
import io.github.narthex.strategy.Recipe;
import io.github.narthex.strategy.Threads;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** {@code narthex bench}. */
final class BenchCommand {
  private static final String DEFAULT_MODEL = "resnet50";

  private BenchCommand() {}

  static int run(Arguments arguments, Streams streams) {
    if (arguments.positional().size() > 1) {
      List<Models.Entry> models = SeveralModels.entries(arguments);
      return report(arguments, streams, () -> SeveralModels.report(models, arguments, streams));
    }
    SweepTask task = task(arguments);
    return report(
        arguments,
        streams,
        () -> {
          sayWhatCalibrates(task.task(), arguments, streams);
          return isSweep(task) ? sweep(task, arguments, streams) : single(task, arguments, streams);
        });
  }

  /** Prints and writes what is measured; that files can be written is checked before. */
  private static int report(Arguments arguments, Streams streams, Supplier<Report> measuring) {
    ResultFiles files = ResultFiles.of(arguments, "--json", "--csv", "--html", "--markdown");
    Report report = measuring.get();
    files.write("--json", () -> Json.text(report.json().get()), streams);
    files.write("--csv", report.csv(), streams);
    files.write("--html", report.html(), streams);
    files.write("--markdown", report.markdown(), streams);
    if (!files.takeStandardOutput() || !arguments.has("--quiet")) {
      // Standard output holds one thing, so that a program can read it.
      PrintStream table = files.takeStandardOutput() ? streams.err() : streams.out();
      table.print(report.table());
    }
    return report.isUseful() ? stable(report.stability(), arguments, streams) : ExitCode.FAILED;
  }

  /** Says that figures are not stable, if they were asked to be. */
  static int stable(Stability stability, Arguments arguments, Streams streams) {
    if (!arguments.has("--require-stable") || stability.verdict() == Stability.Verdict.STABLE) {
      return ExitCode.OK;
    }
    streams
        .err()
        .println(
            "narthex: figures are not known to be stable: "
                + String.join("; ", stability.reasons()));
    return ExitCode.UNSTABLE;
  }

  /**
   * What is printed and written.
   *
   * @param isUseful whether there is a recipe to recommend
   */
  record Report(
      Supplier<JsonObject> json,
      Supplier<String> csv,
      Supplier<String> html,
      Supplier<String> markdown,
      String table,
      boolean isUseful,
      Stability stability) {}

  /** Whether there is more than one batch, plan of threads, or instance. */
  static boolean isSweep(SweepTask task) {
    return task.points() > 1 || task.threads().getFirst().instances() > 1;
  }

  static void sayWhatCalibrates(BenchTask task, Arguments arguments, Streams streams) {
    if (task.data() == null
        && !arguments.has("--quiet")
        && task.recipes().stream().anyMatch(text -> Recipe.parse(text).calibrates())) {
      streams.err().println("narthex: " + CalibrationData.MADE_UP);
    }
  }

  private static Report single(SweepTask task, Arguments arguments, Streams streams) {
    BenchResult result =
        measure(arguments, (command, progress) -> Bench.run(task.task(), command, progress));
    Workload.Data data = result.workload().data();
    if (data != null && data.used() < data.samples() && !arguments.has("--quiet")) {
      streams
          .err()
          .printf(
              "narthex: answers were compared over %d of the %d samples in %s, evenly spread%n",
              data.used(), data.samples(), data.directory());
    }
    return new Report(
        () -> BenchJson.of(result, arguments.has("--samples")),
        () -> BenchCsv.of(result),
        () -> BenchHtml.of(result),
        () -> BenchMarkdown.of(result),
        BenchTable.of(result),
        result.recommendation().recipe() != null,
        result.stability());
  }

  private static Report sweep(SweepTask task, Arguments arguments, Streams streams) {
    if (!arguments.has("--quiet")) {
      streams.err().println(announcement(task));
    }
    SweepResult result =
        measure(arguments, (command, progress) -> Sweep.run(task, command, progress));
    return new Report(
        () -> SweepJson.of(result, arguments.has("--samples")),
        () -> SweepCsv.of(result),
        () -> BenchHtml.of(result),
        () -> BenchMarkdown.of(result),
        SweepTable.of(result),
        result.fastest().isPresent(),
        result.stability());
  }

  /** How much there is to do, before it is begun. */
  static String announcement(SweepTask task) {
    int batches = task.batches().size();
    int threads = task.threads().size();
    return "%s x %s x %d recipes: %d rows, %s"
        .formatted(
            batches == 1 ? "1 batch" : batches + " batches",
            threads == 1 ? "1 setting of threads" : threads + " settings of threads",
            task.rows() / task.points(),
            task.rows(),
            task.expectedTime()
                .map(time -> "in about %d min".formatted(Math.ceilDiv(time.toSeconds(), 60)))
                .orElse("each with that many forwards"));
  }

  /** Runs a benchmark with the progress that was asked for. */
  static <T> T measure(Arguments arguments, BiFunction<WorkerCommand, Progress, T> benchmark) {
    WorkerCommand command = worker(arguments);
    return measured(arguments, progress -> benchmark.apply(command, progress));
  }

  /** What starts a worker, which loads the libraries that were asked for. */
  static WorkerCommand worker(Arguments arguments) {
    WorkerCommand command = WorkerCommand.likeThisJvm(Main.class, "worker");
    List<Path> libraries = Values.libraries(arguments);
    return libraries.isEmpty() ? command : command.withFlags(ExtraLibraries.flag(libraries));
  }

  /** Runs what takes a while with the progress that was asked for. */
  static <T> T measured(Arguments arguments, Function<Progress, T> run) {
    if (arguments.has("--quiet")) {
      return run.apply(Progress.SILENT);
    }
    try (ProgressBar bar = ProgressBar.onStandardError()) {
      return run.apply(bar);
    }
  }

  /** What the command line asks for. Reads no more than the model file's first bytes. */
  static SweepTask task(Arguments arguments) {
    List<String> positional = arguments.positional();
    String model = positional.isEmpty() ? DEFAULT_MODEL : positional.getFirst();
    return task(arguments, ModelArgument.checked(model));
  }

  /** The same for a model that has been checked. */
  static SweepTask task(Arguments arguments, String model) {
    ModelDefaults defaults = ModelDefaults.of(model);
    List<String> recipes = defaults.recipes(arguments);
    Effort effort = effort(arguments);
    double maxError = Values.fraction("--max-error", arguments.value("--max-error", "2%"));
    List<Long> batches = defaults.batches(arguments);
    List<Threads> threads = defaults.threadPlans(arguments);
    String device =
        Values.devices(arguments).stream().map(Device::toString).collect(Collectors.joining(","));
    int callers = threads.stream().mapToInt(Threads::instances).max().orElse(1);
    long seed = Values.seed(arguments);
    List<String> inputs = Values.inputs(arguments, batches.getFirst());
    String data = arguments.value("--data");
    if (data != null && batches.getLast() > 0) {
      throw new UsageException(
          "only one of --data and --batch can be given: the batch of samples is in their files");
    }
    BenchTask first =
        new BenchTask(
            model,
            Values.packageOptions(arguments, callers, model),
            inputs,
            data,
            recipes,
            batches.getFirst(),
            threads.getFirst().intra(),
            device,
            maxError,
            seed,
            effort);
    return new SweepTask(first, batches, threads);
  }

  private static Effort effort(Arguments arguments) {
    long warmUp = arguments.number("--warmup", 0, 1, Integer.MAX_VALUE);
    long iterations = arguments.number("--iterations", 0, 1, Integer.MAX_VALUE);
    String duration = arguments.value("--duration");
    if (duration != null && iterations > 0) {
      throw new UsageException("only one of --iterations and --duration can be given");
    }
    return new Effort(warmUp, iterations, Values.duration(arguments), Effort.DEFAULT_BUDGET);
  }
}
