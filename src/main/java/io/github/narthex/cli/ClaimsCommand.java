package io.github.narthex.cli;

import io.github.narthex.Model;
import io.github.narthex.bench.Bench;
import io.github.narthex.bench.BenchResult;
import io.github.narthex.bench.BenchTask;
import io.github.narthex.bench.ModelSource;
import io.github.narthex.bench.SweepTask;
import io.github.narthex.report.Claim;
import io.github.narthex.report.ClaimsReport;
import io.github.narthex.report.Here;
import io.github.narthex.report.Json;
import io.github.narthex.report.ModelSize;
import io.github.narthex.strategy.Machine;
import io.github.narthex.strategy.Recipe;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** {@code narthex claims}: what guides promise, beside what is measured. */
final class ClaimsCommand {
  /** With the time that sizes take, well within three minutes. */
  private static final Duration BUDGET = Duration.ofSeconds(150);

  private ClaimsCommand() {}

  static int run(Arguments arguments, Streams streams) {
    BenchTask task = task(arguments);
    String json = arguments.value("--json");
    ResultFile.check(json);
    BenchResult result =
        BenchCommand.measure(arguments, (command, progress) -> Bench.run(task, command, progress));
    ClaimsReport report = new ClaimsReport(here(task, result, arguments, streams));
    if (json != null) {
      ResultFile.write(json, Json.text(report.json()), streams.out());
    }
    if (!ResultFile.STANDARD_OUTPUT.equals(json)) {
      streams.out().print(report.text());
    }
    return result.recommendation().recipe() == null ? ExitCode.FAILED : ExitCode.OK;
  }

  private static BenchTask task(Arguments arguments) {
    SweepTask sweep = BenchCommand.task(arguments);
    var _ = ModelArgument.changeable(sweep.task().model());
    if (sweep.points() > 1 || sweep.threads().getFirst().instances() > 1) {
      throw new UsageException("claims are measured with one number of threads");
    }
    BenchTask given = sweep.task();
    return given.withRecipes(Claim.recipes()).withEffort(given.effort().within(BUDGET));
  }

  /** Adds what a benchmark does not say: the model's operators, and its size in 8 bits. */
  private static Here here(
      BenchTask task, BenchResult result, Arguments arguments, Streams streams) {
    try (Arena arena = Arena.ofConfined()) {
      ModelSource source = ModelSource.of(arena, task.model(), task.seed());
      Here here = new Here(Machine.current(), result, source.model().operators().keySet(), null);
      Optional<String> int8 =
          Claim.INT8.stream().filter(name -> !here.timed(List.of(name)).isEmpty()).findFirst();
      if (int8.isEmpty()) {
        return here;
      }
      Recipe recipe = Recipe.parse(int8.get());
      Model quantized =
          RecipeApplication.apply(arena, recipe, source, source.model(), arguments, streams)
              .model();
      return here.with(new Here.Sizes(int8.get(), size(source.model()), size(quantized)));
    }
  }

  /** Of the file too, which a built-in does not have. */
  private static ModelSize size(Model model) {
    try {
      Path file = Files.createTempFile("narthex-", ".pt");
      try {
        model.save(file);
        return ModelSize.of(Files.size(file), model);
      } finally {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot save the model for its size: " + e.getMessage(), e);
    }
  }
}
