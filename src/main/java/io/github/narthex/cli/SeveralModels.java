package io.github.narthex.cli;

import io.github.narthex.ModelLoadException;
import io.github.narthex.bench.Effort;
import io.github.narthex.bench.Models;
import io.github.narthex.bench.ModelsResult;
import io.github.narthex.bench.SweepTask;
import io.github.narthex.report.ModelsCsv;
import io.github.narthex.report.ModelsJson;
import io.github.narthex.report.ModelsTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** {@code narthex bench} of more than one MODEL. */
final class SeveralModels {
  private static final String INPUT = "--input";

  private SeveralModels() {}

  /**
   * What the command line asks for. A file of a format that can't be run is an entry that says so.
   *
   * @throws UsageException if a model is given twice, or something that works for one only
   * @throws ModelLoadException if there is no such file
   */
  static List<Models.Entry> entries(Arguments arguments) {
    if (arguments.has("--html") || arguments.has("--markdown")) {
      throw new UsageException("--html and --markdown are of one MODEL only");
    }
    checkNoneTwice(arguments.positional());
    var _ = Values.packageOptions(arguments, 1, arguments.positional().toArray(String[]::new));
    List<Models.Entry> entries = new ArrayList<>();
    for (String model : arguments.positional()) {
      String obstacle = null;
      try {
        var _ = ModelArgument.checked(model);
      } catch (ModelLoadException e) {
        obstacle = String.valueOf(e.getMessage());
      }
      SweepTask task = BenchCommand.task(forOne(model, arguments), model);
      if (BenchCommand.isSweep(task)) {
        throw new UsageException(
            "several batches, settings of threads or instances are measured for one MODEL only");
      }
      entries.add(new Models.Entry(task.task(), obstacle));
    }
    return entries;
  }

  private static void checkNoneTwice(List<String> models) {
    Set<Object> seen = new HashSet<>();
    for (String model : models) {
      if (!seen.add(ModelArgument.isBuiltin(model) ? model : realPath(model))) {
        throw new UsageException("model " + model + " is given twice");
      }
    }
  }

  private static Path realPath(String model) {
    try {
      return ModelArgument.file(model).toRealPath();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot look at " + model + ": " + e.getMessage(), e);
    }
  }

  /**
   * The command line as if there were this model only, with its own inputs if it has some, and
   * without what is for packages if it is none.
   */
  private static Arguments forOne(String model, Arguments arguments) {
    List<String> own = new ArrayList<>();
    List<String> common = new ArrayList<>();
    for (String input : arguments.values(INPUT)) {
      if (input.startsWith(model + "=")) {
        own.add(input.substring(model.length() + 1));
      } else if (arguments.positional().stream().noneMatch(m -> input.startsWith(m + "="))) {
        common.add(input);
      }
    }
    Map<String, List<String>> options = new HashMap<>(arguments.options());
    options.put(INPUT, own.isEmpty() ? common : own);
    if (!ModelArgument.isPackage(model)) {
      options.remove(Options.PACKAGE.name());
    }
    return new Arguments(List.of(model), options);
  }

  /** How long it may take, before it is begun. */
  static String announcement(List<Models.Entry> entries) {
    Effort effort = entries.getFirst().task().effort();
    boolean isOpen = effort.iterations() == 0 && effort.duration().isZero();
    return entries.size()
        + " models, one after the other"
        + (isOpen
            ? ", in about %d min".formatted(Math.ceilDiv(Models.longest(entries).toSeconds(), 60))
            : "");
  }

  static BenchCommand.Report report(
      List<Models.Entry> entries, Arguments arguments, Streams streams) {
    BenchCommand.sayWhatCalibrates(entries.getFirst().task(), arguments, streams);
    if (!arguments.has("--quiet")) {
      streams.err().println(announcement(entries));
    }
    ModelsResult result =
        BenchCommand.measure(
            arguments, (command, progress) -> Models.run(entries, command, progress));
    return new BenchCommand.Report(
        () -> ModelsJson.of(result, arguments.has("--samples")),
        () -> ModelsCsv.of(result),
        () -> "",
        () -> "",
        ModelsTable.of(result),
        result.rows().stream().anyMatch(row -> row.best().isPresent()),
        result.stability());
  }
}
