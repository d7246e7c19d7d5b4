package io.github.narthex.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.narthex.bench.Candidate;
import io.github.narthex.bench.Environment;
import io.github.narthex.bench.Progress;
import io.github.narthex.bundle.BundleSpec;
import io.github.narthex.bundle.BundleWriter;
import io.github.narthex.bundle.Configuration;
import io.github.narthex.io.InputSpec;
import io.github.narthex.optimize.Goal;
import io.github.narthex.optimize.Limits;
import io.github.narthex.optimize.OptimizeResult;
import io.github.narthex.optimize.OptimizeTask;
import io.github.narthex.optimize.Optimizer;
import io.github.narthex.optimize.Trial;
import io.github.narthex.report.BenchJson;
import io.github.narthex.report.Json;
import io.github.narthex.report.OptimizeCsv;
import io.github.narthex.report.OptimizeHtml;
import io.github.narthex.report.OptimizeJson;
import io.github.narthex.report.OptimizeMarkdown;
import io.github.narthex.report.OptimizeTable;
import io.github.narthex.strategy.Recipe;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/** {@code narthex optimize}. */
final class OptimizeCommand {
  private static final double NANOS_PER_S = 1e9;

  private OptimizeCommand() {}

  static int run(Arguments arguments, Streams streams) {
    OptimizeOptions options = OptimizeOptions.of(arguments);
    Path output = options.output();
    BundleWriter.check(output);
    ResultFiles files = ResultFiles.of(arguments, "--json", "--csv", "--markdown", "--html");
    Consumer<String> say = narrator(arguments, streams.err());
    SearchDirectory directory = SearchDirectory.beside(output);
    directory.open(options.identity(), arguments.has("--resume"), say);
    Thread told = atInterrupt(directory, streams.err());
    OptimizeResult result;
    try {
      result =
          Optimizer.run(
              options.task(),
              new Optimizer.Setting(
                  BenchCommand.worker(arguments),
                  directory.path(),
                  options.isGoalGiven(),
                  Progress.SILENT,
                  say),
              (found, file) -> deploy(output, options, found, file));
    } finally {
      forget(told);
    }
    if (result.chosen().isPresent()) {
      directory.delete();
      say.accept("wrote " + output);
    } else {
      say.accept(
          "no bundle was written; what was measured is in %s: --resume with a larger --budget goes on"
              .formatted(directory.path()));
    }
    files.write("--json", () -> Json.text(OptimizeJson.of(result)), streams);
    files.write("--csv", () -> OptimizeCsv.of(result), streams);
    files.write("--markdown", () -> OptimizeMarkdown.of(result), streams);
    files.write("--html", () -> OptimizeHtml.of(result), streams);
    boolean toOut = files.takeStandardOutput();
    if (!toOut || !arguments.has("--quiet")) {
      (toOut ? streams.err() : streams.out()).print(OptimizeTable.of(result));
    }
    return result.chosen().isEmpty()
        ? ExitCode.FAILED
        : BenchCommand.stable(result.stability(), arguments, streams);
  }

  private static Consumer<String> narrator(Arguments arguments, PrintStream err) {
    if (arguments.has("--quiet")) {
      return line -> {};
    }
    long start = System.nanoTime();
    return line ->
        err.printf(Locale.ROOT, "%6.1f s  %s%n", (System.nanoTime() - start) / NANOS_PER_S, line);
  }

  private static Thread atInterrupt(SearchDirectory directory, PrintStream err) {
    Thread told =
        new Thread(
            () ->
                err.printf(
                    "%nnarthex: interrupted; what was measured is in %s, --resume goes on%n",
                    directory.path()));
    Runtime.getRuntime().addShutdownHook(told);
    return told;
  }

  private static void forget(Thread hook) {
    try {
      boolean _ = Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is ending.
    }
  }

  private static void deploy(
      Path output, OptimizeOptions options, OptimizeResult result, Path file) {
    Trial trial = result.chosenTrial().orElseThrow();
    Candidate candidate = trial.candidate();
    Environment here = result.environment();
    OptimizeTask task = result.task();
    Limits limits = task.limits();
    Configuration asked = options.configuration();
    Configuration configuration =
        new Configuration(
            task.inputs().isEmpty()
                ? specs(result.inputs())
                : task.inputs().stream().map(InputSpec::parse).toList(),
            run(candidate, result, asked),
            task.goal().toString(),
            new Configuration.Limits(
                limits.percentile(),
                limits.sloMs(),
                limits.minItemsPerS(),
                limits.maxMemoryBytes()),
            new Configuration.Accuracy(
                Double.isFinite(task.maxError()) ? task.maxError() : null, task.minAgreement()),
            task.budget(),
            asked.policy());
    BundleSpec spec =
        new BundleSpec(
            BundleSpec.ModelEntry.of(Recipe.parse(candidate.recipe()), options.source()),
            configuration,
            new BundleSpec.Proven(
                here.cpu(),
                here.isa(),
                BundleSpec.Proven.gpu(Recipe.parse(candidate.recipe()).device()),
                here.libtorch(),
                here.narthex(),
                here.time()));
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("evidence.json", Json.text(OptimizeJson.of(result)).getBytes(UTF_8));
    files.put(
        "environment.json", Json.text(BenchJson.environment(result.environment())).getBytes(UTF_8));
    files.put("report.html", OptimizeHtml.of(result).getBytes(UTF_8));
    BundleWriter.write(output, spec, file, files);
  }

  private static Configuration.Run run(
      Candidate candidate, OptimizeResult result, Configuration asked) {
    boolean joins =
        result.task().goal() == Goal.THROUGHPUT
            && candidate.batch() > result.baseline().candidate().batch();
    Configuration.Run given = asked.run();
    return new Configuration.Run(
        candidate.threads().intra(),
        candidate.threads().instances(),
        joins ? (int) candidate.batch() : 1,
        joins && given.maxWaitMs() == null
            ? Double.valueOf(result.chosenTrial().orElseThrow().p50Ms())
            : given.maxWaitMs(),
        given.queue());
  }

  /** Inputs as they were guessed; of files, only what can be read again. */
  private static List<InputSpec> specs(List<String> texts) {
    return texts.stream().map(text -> InputSpec.parse(text.replaceAll(" \\(.*", ""))).toList();
  }
}
