package io.github.narthex.report;

import io.github.narthex.bench.SweepResult;
import io.github.narthex.bench.SweepRow;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The rows of a sweep as CSV: the columns of {@link BenchCsv}, and more. */
public final class SweepCsv {
  private static final List<String> MORE =
      List.of("instances", "rounds", "peak_rss_of_eager", "pareto");

  private SweepCsv() {}

  /** A header and one line for each row. What is unknown or not finite is empty. */
  public static String of(SweepResult result) {
    return BenchCsv.text(
        Stream.concat(
            Stream.of(joined(BenchCsv.HEADER, MORE)), result.rows().stream().map(SweepCsv::cells)));
  }

  private static List<String> cells(SweepRow row) {
    return joined(
        BenchCsv.cells(row.measurement()),
        List.of(
            Integer.toString(row.threads().instances()),
            Integer.toString(row.rounds()),
            BenchCsv.number(row.peakOfEager()),
            Boolean.toString(row.isFront())));
  }

  private static List<String> joined(List<String> first, List<String> second) {
    List<String> all = new ArrayList<>(first);
    all.addAll(second);
    return all;
  }
}
