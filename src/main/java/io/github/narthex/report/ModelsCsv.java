package io.github.narthex.report;

import io.github.narthex.bench.BenchResult;
import io.github.narthex.bench.BenchTask;
import io.github.narthex.bench.Measurement;
import io.github.narthex.bench.ModelRow;
import io.github.narthex.bench.ModelsResult;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** All recipes of several models as CSV: the columns of {@link BenchCsv}, and more before them. */
public final class ModelsCsv {
  private static final List<String> MORE = List.of("model", "parameters", "file_bytes", "best");

  private ModelsCsv() {}

  /** A header and one line for each recipe of each model; of one that failed, a single line. */
  public static String of(ModelsResult result) {
    return BenchCsv.text(
        Stream.concat(
            Stream.of(joined(MORE, BenchCsv.HEADER)),
            result.rows().stream().flatMap(ModelsCsv::lines)));
  }

  private static Stream<List<String>> lines(ModelRow row) {
    BenchTask task = row.task();
    BenchResult bench = row.result();
    if (bench == null) {
      return Stream.of(
          joined(
              List.of(task.model(), "", "", "false"),
              BenchCsv.cells(
                  Measurement.failed(
                      BenchTask.BASELINE,
                      task.batch(),
                      task.threads(),
                      task.device(),
                      row.status(),
                      row.reason()))));
    }
    return bench.results().stream()
        .map(
            measurement ->
                joined(
                    List.of(
                        task.model(),
                        Long.toString(bench.model().parameters()),
                        Long.toString(bench.model().fileBytes()),
                        Boolean.toString(measurement.equals(bench.recommended()))),
                    BenchCsv.cells(measurement)));
  }

  private static List<String> joined(List<String> first, List<String> second) {
    List<String> all = new ArrayList<>(first);
    all.addAll(second);
    return all;
  }
}
