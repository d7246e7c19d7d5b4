package io.github.narthex.cli;

import io.github.narthex.bundle.BundleSpec;
import io.github.narthex.bundle.Configuration;
import io.github.narthex.internal.text.Suggestion;
import io.github.narthex.io.InputSpec;
import io.github.narthex.load.Slo;
import io.github.narthex.optimize.Goal;
import io.github.narthex.optimize.Limits;
import io.github.narthex.optimize.OptimizeTask;
import io.github.narthex.strategy.Threads;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@code narthex optimize} is asked for: by its options, or else by the file that {@code
 * --from} names.
 *
 * @param task what to search for
 * @param isGoalGiven whether a goal was named
 * @param configuration what the file says; empty without one
 * @param source what the recipe will be applied to
 * @param output the bundle to write
 */
record OptimizeOptions(
    OptimizeTask task,
    boolean isGoalGiven,
    Configuration configuration,
    BundleSpec.Source source,
    Path output) {
  private static final Duration BUDGET = Duration.ofMinutes(2);
  private static final double MAX_ERROR = 0.02;

  static OptimizeOptions of(Arguments arguments) {
    String from = arguments.value("--from");
    Configuration configuration =
        from == null ? Configuration.EMPTY : Configuration.read(Path.of(from));
    String model = model(arguments, from);
    String output = arguments.value("--output");
    if (output == null || output.equals(ResultFile.STANDARD_OUTPUT)) {
      throw new UsageException("--output is needed: the directory that the bundle is written to");
    }
    String goalText = arguments.value("--goal");
    if (goalText == null) {
      goalText = configuration.goal();
    }
    Double minAgreement = minAgreement(arguments, configuration);
    List<String> inputs = Values.inputs(arguments, 0);
    OptimizeTask task =
        new OptimizeTask(
            model,
            inputs.isEmpty()
                ? configuration.inputs().stream().map(InputSpec::toString).toList()
                : inputs,
            arguments.value("--data"),
            goalText == null ? Goal.LATENCY : goal(goalText),
            limits(arguments, configuration.limits()),
            maxError(arguments, configuration, minAgreement),
            minAgreement,
            threads(arguments, configuration),
            Values.devices(arguments),
            batches(arguments),
            budget(arguments, configuration),
            Values.seed(arguments));
    return new OptimizeOptions(
        task, goalText != null, configuration, source(model), Path.of(output));
  }

  /** What makes a search another one, a line each. The time that it may take does not. */
  List<String> identity() {
    List<String> lines = new ArrayList<>();
    lines.add("model: " + source);
    lines.add("inputs: " + task.inputs());
    lines.add("data: " + task.data());
    lines.add("goal: " + task.goal());
    lines.add("limits: " + task.limits());
    lines.add("threads: " + task.threads());
    lines.add("devices: " + task.devices());
    lines.add("batches: " + task.batches());
    lines.add("seed: " + task.seed());
    return lines;
  }

  private static String model(Arguments arguments, @Nullable String from) {
    List<String> positional = arguments.positional();
    if (!positional.isEmpty()) {
      return ModelArgument.changeable(positional.getFirst());
    }
    if (from != null && Files.isDirectory(Path.of(from))) {
      BundleSpec.Source source = BundleSpec.read(Path.of(from)).model().source();
      if (source == null) {
        throw new UsageException(from + " does not say what it was made from: name the MODEL");
      }
      return ModelArgument.changeable(source.name());
    }
    throw new UsageException("a MODEL is needed, or --from with a bundle");
  }

  private static BundleSpec.Source source(String model) {
    return ModelArgument.isBuiltin(model)
        ? new BundleSpec.Source(model, null)
        : BundleSpec.Source.of(ModelArgument.file(model).toAbsolutePath());
  }

  private static Goal goal(String text) {
    for (Goal goal : Goal.values()) {
      if (goal.toString().equals(text)) {
        return goal;
      }
    }
    throw new UsageException(
        "bad value '%s' of --goal: expected one of %s%s"
            .formatted(
                text,
                String.join(", ", Configuration.GOALS),
                Suggestion.among(Configuration.GOALS, text)));
  }

  private static Limits limits(Arguments arguments, Configuration.Limits file) {
    int percentile = file.percentile();
    Double ms = file.latencyMs();
    Slo slo = Values.slo(arguments);
    if (slo != null) {
      percentile = slo.percentile().percent();
      ms = slo.boundMs();
    }
    String throughput = arguments.value("--min-throughput");
    String memory = arguments.value("--max-memory");
    return new Limits(
        percentile,
        ms,
        throughput == null
            ? file.minItemsPerS()
            : (Double) Quantities.perSecond("--min-throughput", throughput),
        memory == null ? file.maxMemoryBytes() : (Long) Quantities.bytes("--max-memory", memory));
  }

  private static @Nullable Double minAgreement(Arguments arguments, Configuration file) {
    String text = arguments.value("--min-agreement");
    if (text == null) {
      return file.accuracy().minAgreement();
    }
    double share = Values.fraction("--min-agreement", text);
    if (share > 1) {
      throw new UsageException(
          "bad value '%s' of --min-agreement: at most 100%% of answers agree".formatted(text));
    }
    return share;
  }

  /** Where agreement is asked for and no error, agreement decides. */
  private static double maxError(
      Arguments arguments, Configuration file, @Nullable Double minAgreement) {
    String text = arguments.value("--max-error");
    if (text != null) {
      return Values.fraction("--max-error", text);
    }
    Double given = file.accuracy().maxError();
    if (given != null) {
      return given;
    }
    return minAgreement == null ? MAX_ERROR : Double.POSITIVE_INFINITY;
  }

  private static List<Threads> threads(Arguments arguments, Configuration file) {
    if (arguments.value("--threads") != null) {
      return Values.threadPlans(arguments);
    }
    Integer intra = file.run().threads();
    Integer instances = file.run().instances();
    return intra == null
        ? List.of()
        : List.of(new Threads(intra, instances == null ? 1 : instances));
  }

  private static List<Long> batches(Arguments arguments) {
    return arguments.value("--batch") == null ? List.of() : Values.batches(arguments);
  }

  private static Duration budget(Arguments arguments, Configuration file) {
    String text = arguments.value("--budget");
    if (text != null) {
      return Quantities.duration("--budget", text);
    }
    return file.budget() == null ? BUDGET : file.budget();
  }
}
