package io.github.narthex.cli;

import io.github.narthex.HandleSite;
import io.github.narthex.LiveHandles;
import io.github.narthex.Model;
import io.github.narthex.UnsupportedException;
import io.github.narthex.Value;
import io.github.narthex.Version;
import io.github.narthex.bench.ModelSource;
import io.github.narthex.bench.PackageOptions;
import io.github.narthex.bench.SystemProbe;
import io.github.narthex.bundle.Bundle;
import io.github.narthex.bundle.BundleDirectory;
import io.github.narthex.io.InputSpec;
import io.github.narthex.io.ModelInputs;
import io.github.narthex.report.Json;
import io.github.narthex.report.SoakJson;
import io.github.narthex.report.SoakTable;
import io.github.narthex.soak.Gauges;
import io.github.narthex.soak.Growth;
import io.github.narthex.soak.GrowthLimits;
import io.github.narthex.soak.Metric;
import io.github.narthex.soak.Soak;
import io.github.narthex.soak.SoakPlan;
import io.github.narthex.soak.SoakProgress;
import io.github.narthex.soak.SoakResult;
import io.github.narthex.soak.SoakSetting;
import io.github.narthex.soak.SoakTarget;
import io.github.narthex.soak.Targets;
import io.github.narthex.strategy.Machine;
import io.github.narthex.strategy.Recipe;
import io.github.narthex.strategy.ThreadPlanner;
import io.github.narthex.strategy.Threads;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/** {@code narthex soak}. */
final class SoakCommand {
  private static final int MOST_CALLERS = 1000;

  /** Inputs that calls take in turn. */
  private static final int SAMPLES = 4;

  /** So many places are shown where handles grow. */
  private static final int SITES = 5;

  /** What the command line asks for. */
  private record Request(
      String model,
      Recipe recipe,
      PackageOptions packageOptions,
      boolean isBundle,
      List<InputSpec> inputs,
      Duration duration,
      GrowthLimits limits,
      long seed) {}

  /** What is soaked, by how many callers unless told otherwise. */
  private record Subject(
      SoakTarget target, int callers, int threads, String recipe, List<String> inputs) {}

  private final Request request;
  private final Arguments arguments;
  private final Streams streams;
  private final ResultFiles files;

  private SoakCommand(Request request, Arguments arguments, Streams streams, ResultFiles files) {
    this.request = request;
    this.arguments = arguments;
    this.streams = streams;
    this.files = files;
  }

  static int run(Arguments arguments, Streams streams) {
    Request request = request(arguments);
    ResultFiles files = ResultFiles.of(arguments, "--json");
    SoakCommand command = new SoakCommand(request, arguments, streams, files);
    return request.isBundle() ? command.soakBundle() : command.soakModel();
  }

  private static Request request(Arguments arguments) {
    String model = ModelArgument.checked(arguments.positional().getFirst());
    Recipe recipe = ModelDefaults.of(model).recipe(arguments);
    Values.loadLibraries(arguments);
    recipe
        .obstacle(Machine.current())
        .ifPresent(
            reason -> {
              throw new UnsupportedException(reason);
            });
    boolean isBundle =
        !ModelArgument.isBuiltin(model)
            && BundleDirectory.isBundle(Path.of(model))
            && !arguments.has("--recipe")
            && !arguments.has("--threads")
            && !arguments.has(Options.PACKAGE.name());
    return new Request(
        model,
        recipe,
        Values.packageOptions(arguments, sideBySide(arguments), model),
        isBundle,
        Values.inputSpecs(arguments),
        SoakOptions.duration(arguments),
        SoakOptions.limits(arguments),
        Values.seed(arguments));
  }

  private static int callers(Arguments arguments, int standard) {
    return (int) arguments.number("--concurrency", standard, 1, MOST_CALLERS);
  }

  /** Callers of what is no bundle. */
  private static int callers(Arguments arguments) {
    return callers(arguments, ThreadPlanner.ofThisProcess(0).cores());
  }

  /** The threads of a call. */
  private static int threads(Arguments arguments) {
    int standard = callers(arguments) == 1 ? Runtime.getRuntime().availableProcessors() : 1;
    return (int) arguments.number("--threads", standard, 1, Model.MAX_THREADS);
  }

  /** How many calls run at the same time; those on several threads take turns. */
  private static int sideBySide(Arguments arguments) {
    return threads(arguments) == 1 ? callers(arguments) : 1;
  }

  /** A bundle as its narthex.yaml says. */
  private int soakBundle() {
    Path path = Path.of(request.model());
    try (Bundle bundle = Bundle.open(path);
        Arena arena = Arena.ofShared()) {
      BundleDirectory directory = BundleDirectory.read(path);
      ModelSource source =
          new ModelSource(
              bundle.model(),
              Optional.empty(),
              directory.modelFile(),
              false,
              Optional.of(directory),
              PackageOptions.NONE);
      ModelInputs inputs = source.inputs(request.inputs(), 0, request.seed());
      List<SequencedMap<String, Value>> samples = samples(inputs, arena);
      Threads threads = bundle.threads();
      return soak(
          new Subject(
              Targets.of(bundle, samples),
              threads.instances() * bundle.spec().configuration().run().rows(),
              threads.intra(),
              bundle.spec().model().recipe().toString(),
              ModelSource.describe(inputs, samples.getFirst())));
    }
  }

  private int soakModel() {
    try (Arena arena = Arena.ofShared()) {
      ModelInputs inputs;
      Model model;
      try (Arena loading = Arena.ofConfined()) {
        ModelSource source =
            ModelSource.of(
                loading,
                request.model(),
                request.seed(),
                request.packageOptions().forCallers(sideBySide(arguments)),
                request.recipe().device());
        inputs = source.inputs(request.inputs(), 0, request.seed());
        model =
            RecipeApplication.apply(
                    arena,
                    request.recipe(),
                    source,
                    source.model().withThreads(threads(arguments)),
                    arguments,
                    streams)
                .model();
      }
      List<SequencedMap<String, Value>> samples = samples(inputs, arena);
      try (Arena first = Arena.ofConfined()) {
        Value _ = ModelSource.run(first, model, samples.getFirst());
      }
      return soak(
          new Subject(
              Targets.of(model, samples),
              callers(arguments),
              model.threads(),
              request.recipe().toString(),
              ModelSource.describe(inputs, samples.getFirst())));
    }
  }

  private static List<SequencedMap<String, Value>> samples(ModelInputs inputs, Arena arena) {
    List<SequencedMap<String, Value>> samples = new ArrayList<>();
    for (int i = 0; i < (inputs.isVaried() ? SAMPLES : 1); i++) {
      samples.add(inputs.sample(arena, i));
    }
    return samples;
  }

  private int soak(Subject subject) {
    int callers = callers(arguments, subject.callers());
    SoakPlan plan = SoakPlan.of(request.duration(), callers, request.limits());
    // Of the clock and the versions at the beginning.
    SoakSetting setting =
        new SoakSetting(
            SystemProbe.ofThisMachine().environment(Version.libtorch()),
            request.model(),
            request.packageOptions().texts(),
            subject.inputs(),
            subject.recipe(),
            subject.threads());
    SoakProgress progress =
        arguments.has("--quiet")
            ? SoakProgress.SILENT
            : new SoakLines(streams.err(), request.duration());
    Soak soak = new Soak(plan, subject.target(), Gauges.ofThisProcess(), progress);
    try (EarlyEnd _ = EarlyEnd.of(soak::stop)) {
      SoakResult result = soak.run();
      report(setting, result);
      return switch (result.verdict()) {
        case STEADY -> ExitCode.OK;
        case GROWS -> ExitCode.GROWS;
        case FAILED -> ExitCode.FAILED;
        case UNKNOWN -> ExitCode.UNSTABLE;
      };
    }
  }

  private void report(SoakSetting setting, SoakResult result) {
    List<HandleSite> sites =
        result.growth(Metric.HANDLES).finding() == Growth.Finding.GROWS && LiveHandles.knowsSites()
            ? LiveHandles.sites().stream().limit(SITES).toList()
            : List.of();
    files.write("--json", () -> Json.text(SoakJson.of(setting, result, sites)), streams);
    if (!files.takeStandardOutput()) {
      streams.out().print(SoakTable.of(setting, result, sites));
      streams.out().flush();
    } else if (!arguments.has("--quiet")) {
      streams.err().print(SoakTable.of(setting, result, sites));
    }
  }
}
