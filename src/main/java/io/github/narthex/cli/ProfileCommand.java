package io.github.narthex.cli;

import io.github.narthex.Device;
import io.github.narthex.profile.OperatorTable;
import io.github.narthex.profile.Profiler;
import io.github.narthex.profile.run.ProfileResult;
import io.github.narthex.profile.run.ProfileRun;
import io.github.narthex.profile.run.ProfileTask;
import io.github.narthex.report.Json;
import io.github.narthex.report.ProfileCsv;
import io.github.narthex.report.ProfileJson;
import io.github.narthex.report.ProfileTable;
import io.github.narthex.strategy.Recipe;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** {@code narthex profile}. */
final class ProfileCommand {
  private static final int WARMUP = 10;
  private static final int LIMIT = 20;
  private static final int NO_OPERATORS = -1;

  private ProfileCommand() {}

  static int run(Arguments arguments, Streams streams) {
    String model = ModelArgument.checked(arguments.positional().getFirst());
    ModelDefaults defaults = ModelDefaults.of(model);
    Recipe recipe = defaults.recipe(arguments);
    Values.loadLibraries(arguments);
    OperatorTable.Grouping grouping =
        choice(arguments, "--group-by", OperatorTable.Grouping.OPERATOR);
    OperatorTable.Order order = choice(arguments, "--sort", OperatorTable.Order.SELF);
    int limit =
        arguments.has("--data-path")
            ? NO_OPERATORS
            : (int) arguments.number("--limit", LIMIT, 0, Integer.MAX_VALUE);
    ProfileTask task =
        new ProfileTask(
            model,
            Values.packageOptions(arguments, 1, model),
            Values.inputs(arguments, 0),
            arguments.value("--data"),
            recipe.toString(),
            defaults.threads(arguments),
            (int) arguments.number("--iterations", 0, 1, Integer.MAX_VALUE),
            (int) arguments.number("--warmup", WARMUP, 0, Integer.MAX_VALUE),
            options(arguments, recipe, grouping, order),
            arguments.has("--nvtx"),
            Values.seed(arguments));
    ResultFiles files = ResultFiles.of(arguments, "--json", "--csv");
    ProfileResult result;
    try (Arena arena = Arena.ofConfined()) {
      result =
          BenchCommand.measured(
              arguments,
              progress ->
                  ProfileRun.run(
                      arena,
                      task,
                      (source, original) ->
                          RecipeApplication.apply(
                              arena, recipe, source, original, arguments, streams),
                      progress));
    }
    OperatorTable table = result.profile().operators(grouping).sorted(order, 0);
    files.write("--json", () -> Json.text(ProfileJson.of(result, grouping, table)), streams);
    files.write("--csv", () -> ProfileCsv.of(result, table), streams);
    if (!files.takeStandardOutput()) {
      streams.out().print(ProfileTable.of(result, grouping, table, limit));
    } else if (!arguments.has("--quiet")) {
      streams.err().print(ProfileTable.of(result, grouping, table, limit));
    }
    return ExitCode.OK;
  }

  private static Profiler.Options options(
      Arguments arguments,
      Recipe recipe,
      OperatorTable.Grouping grouping,
      OperatorTable.Order order) {
    Profiler.Options options = Profiler.Options.DEFAULT;
    // With NVTX, the kernels are for the tool that looks on: the driver lets one record them.
    Device.Type type = recipe.device().type();
    boolean isRecorded = type == Device.Type.CUDA || type == Device.Type.XPU;
    if (isRecorded && !arguments.has("--nvtx")) {
      options = options.withDevice();
    }
    if (grouping == OperatorTable.Grouping.SHAPE) {
      options = options.withShapes();
    }
    if (grouping == OperatorTable.Grouping.MODULE) {
      options = options.withModules();
    }
    if (arguments.has("--memory") || order == OperatorTable.Order.MEMORY) {
      options = options.withMemory();
    }
    if (arguments.has("--flops") || order == OperatorTable.Order.FLOPS) {
      options = options.withFlops();
    }
    String trace = arguments.value("--trace");
    return trace == null ? options : options.withTrace(Path.of(trace));
  }

  private static <E extends Enum<E>> E choice(Arguments arguments, String option, E standard) {
    String text = arguments.value(option);
    if (text == null) {
      return standard;
    }
    List<E> all = Arrays.asList(standard.getDeclaringClass().getEnumConstants());
    return all.stream()
        .filter(one -> name(one).equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new UsageException(
                    "bad value '%s' of %s: expected one of %s"
                        .formatted(
                            text,
                            option,
                            String.join(", ", all.stream().map(ProfileCommand::name).toList()))));
  }

  private static String name(Enum<?> choice) {
    return choice.name().toLowerCase(Locale.ROOT);
  }
}
