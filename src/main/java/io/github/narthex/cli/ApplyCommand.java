package io.github.narthex.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.narthex.Model;
import io.github.narthex.UnsupportedException;
import io.github.narthex.bench.Bench;
import io.github.narthex.bench.BenchResult;
import io.github.narthex.bench.BenchTask;
import io.github.narthex.bench.Measurement;
import io.github.narthex.bench.ModelSource;
import io.github.narthex.bench.Status;
import io.github.narthex.internal.files.WholeFile;
import io.github.narthex.report.ApplyReport;
import io.github.narthex.report.Json;
import io.github.narthex.report.ModelSize;
import io.github.narthex.strategy.Applied;
import io.github.narthex.strategy.Recipe;
import io.github.narthex.strategy.Strategy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code narthex apply}: a recipe that holds is made into a file. */
final class ApplyCommand {
  private ApplyCommand() {}

  static int run(Arguments arguments, Streams streams) {
    Recipe recipe = recipe(arguments);
    String output = arguments.value("--output");
    if (output == null || output.equals(ResultFile.STANDARD_OUTPUT)) {
      throw new UsageException("--output is needed: the file that the model is written to");
    }
    String json = arguments.value("--json");
    ResultFile.check(output);
    ResultFile.check(json);
    if (recipe.has(Strategy.INDUCTOR) != output.endsWith(ExportCommand.SUFFIX)) {
      throw new UsageException(
          "bad value '%s' of --output: %s"
              .formatted(
                  output,
                  recipe.has(Strategy.INDUCTOR)
                      ? "inductor makes a package, whose name ends in .pt2"
                      : "a name that ends in .pt2 is for what inductor makes"));
    }
    String model = ModelArgument.changeable(arguments.positional().getFirst());
    Values.loadLibraries(arguments);
    BenchTask asked = BenchCommand.task(arguments, model).task();
    recipe = chosen(recipe, asked, arguments, streams);
    BenchTask task = asked.withRecipes(List.of(recipe.toString()));
    BenchResult evidence =
        BenchCommand.measure(arguments, (command, progress) -> Bench.run(task, command, progress));
    Measurement result = evidence.results().getLast();
    if (result.status() != Status.OK
        && !(result.status() == Status.INACCURATE && arguments.has("--force"))) {
      streams
          .err()
          .printf(
              "narthex: %s is not applied, nothing is written: %s%n",
              recipe, reason(result, evidence.results().getFirst()));
      return result.status() == Status.UNSUPPORTED ? ExitCode.UNSUPPORTED : ExitCode.FAILED;
    }
    ApplyReport report = write(recipe, task, evidence, Path.of(output), arguments, streams);
    if (json != null) {
      ResultFile.write(json, Json.text(report.json()), streams.out());
    }
    if (!ResultFile.STANDARD_OUTPUT.equals(json)) {
      streams.out().print(report.text(output));
    }
    return ExitCode.OK;
  }

  private static Recipe recipe(Arguments arguments) {
    List<String> texts = Values.recipes(arguments.values("--recipe"));
    if (arguments.values("--recipe").size() != 1 || texts.size() != 1) {
      throw new UsageException("--recipe is needed once: the recipe to apply");
    }
    Recipe recipe = Recipe.parse(texts.getFirst());
    if (recipe.equals(Recipe.EAGER)) {
      throw new UsageException("--recipe eager leaves the model as it is");
    }
    return recipe;
  }

  /** Without falling back to what is no package, if one is to be made. */
  private static Recipe strict(Recipe recipe) {
    return Recipe.of(
        recipe.steps().stream()
            .map(s -> s.strategy() == Strategy.INDUCTOR ? s.with("fullgraph", "true") : s)
            .toList());
  }

  /** What is proven must be what is written, so that what is left to be tried is tried before. */
  private static Recipe chosen(
      Recipe recipe, BenchTask task, Arguments arguments, Streams streams) {
    if (!recipe.tries()) {
      return strict(recipe);
    }
    try (Arena arena = Arena.ofConfined()) {
      ModelSource source = ModelSource.of(arena, task.model(), task.seed());
      Model model = source.model().withThreads(task.threads());
      Recipe chosen =
          RecipeApplication.apply(arena, recipe, source, model, arguments, streams).recipe();
      if (chosen.equals(Recipe.EAGER)) {
        throw new UnsupportedException(
            "nothing that %s tries is faster than the model as it is".formatted(recipe));
      }
      return chosen;
    }
  }

  private static String reason(Measurement result, Measurement baseline) {
    String reason = result.reason() == null ? baseline.reason() : result.reason();
    return reason == null ? result.status().toString() : reason;
  }

  private static ApplyReport write(
      Recipe recipe,
      BenchTask task,
      BenchResult evidence,
      Path output,
      Arguments arguments,
      Streams streams) {
    try (Arena arena = Arena.ofConfined()) {
      ModelSource source = ModelSource.of(arena, task.model(), task.seed());
      ModelSize before = ModelSize.of(byteSize(source.file()), source.model());
      Applied applied =
          RecipeApplication.apply(arena, recipe, source, source.model(), arguments, streams);
      ApplyReport report =
          new ApplyReport(
              recipe.toString(),
              task.model(),
              evidence,
              applied.changes(),
              before,
              ModelSize.of(null, applied.model()),
              applied.model().sparsity());
      save(applied, output, report);
      return report.savedAs(Files.size(output));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + output + ": " + e.getMessage(), e);
    }
  }

  private static void save(Applied applied, Path output, ApplyReport report) {
    Optional<Path> compiled = applied.compiled();
    if (compiled.isPresent()) {
      WholeFile.write(
          output, file -> Files.copy(compiled.get(), file, StandardCopyOption.REPLACE_EXISTING));
    } else {
      byte[] document = Json.text(report.json()).getBytes(UTF_8);
      applied.model().save(output, Map.of(ApplyReport.FILE, document));
    }
  }

  private static @Nullable Long byteSize(@Nullable Path file) throws IOException {
    return file == null ? null : Files.size(file);
  }
}
