package io.github.narthex.report;

import io.github.narthex.profile.OperatorTable;
import io.github.narthex.profile.run.ProfileResult;
import java.util.List;
import java.util.stream.Stream;

/** The rows of a profile as CSV; sums over all iterations. */
public final class ProfileCsv {
  private static final List<String> HEADER =
      List.of(
          "name",
          "calls",
          "iterations",
          "self_ns",
          "total_ns",
          "device_ns",
          "flops",
          "taken_bytes",
          "change_bytes",
          "device_taken_bytes",
          "device_change_bytes");

  private ProfileCsv() {}

  /** A header and one line for each row. */
  public static String of(ProfileResult result, OperatorTable table) {
    return BenchCsv.text(
        Stream.concat(
            Stream.of(HEADER), table.rows().stream().map(row -> cells(row, result.iterations()))));
  }

  private static List<String> cells(OperatorTable.Row row, int iterations) {
    return List.of(
        row.name(),
        Long.toString(row.calls()),
        Integer.toString(iterations),
        Long.toString(row.selfNanos()),
        Long.toString(row.totalNanos()),
        Long.toString(row.deviceNanos()),
        Long.toString(row.flops()),
        Long.toString(row.takenBytes()),
        Long.toString(row.changeBytes()),
        Long.toString(row.deviceTakenBytes()),
        Long.toString(row.deviceChangeBytes()));
  }
}
