package io.github.narthex.report;

import io.github.narthex.optimize.Goal;
import io.github.narthex.optimize.OptimizeResult;
import io.github.narthex.optimize.Trial;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The trials of a search as CSV: the columns of {@link BenchCsv}, and more. */
public final class OptimizeCsv {
  private static final List<String> MORE =
      List.of("instances", "file_bytes", "outcome", "pareto", "chosen", "best_for");

  private OptimizeCsv() {}

  /** A header and one line for each trial. What is unknown or not finite is empty. */
  public static String of(OptimizeResult result) {
    return BenchCsv.text(
        Stream.concat(
            Stream.of(joined(BenchCsv.HEADER, MORE)),
            IntStream.range(0, result.trials().size()).mapToObj(index -> cells(result, index))));
  }

  private static List<String> cells(OptimizeResult result, int index) {
    Trial trial = result.trials().get(index);
    return joined(
        BenchCsv.cells(trial.measurement()),
        List.of(
            Integer.toString(trial.candidate().threads().instances()),
            BenchCsv.number(trial.fileBytes()),
            trial.outcome(),
            Boolean.toString(trial.isFront()),
            Boolean.toString(result.chosen().filter(chosen -> chosen == index).isPresent()),
            goals(result, index)));
  }

  private static String goals(OptimizeResult result, int index) {
    return Arrays.stream(Goal.values())
        .filter(goal -> Integer.valueOf(index).equals(result.champions().get(goal)))
        .map(Goal::toString)
        .collect(Collectors.joining(" "));
  }

  private static List<String> joined(List<String> first, List<String> second) {
    List<String> all = new ArrayList<>(first);
    all.addAll(second);
    return all;
  }
}
