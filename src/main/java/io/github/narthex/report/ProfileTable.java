package io.github.narthex.report;

import io.github.narthex.DataPath;
import io.github.narthex.profile.OperatorTable;
import io.github.narthex.profile.OperatorTable.Grouping;
import io.github.narthex.profile.StageTimes;
import io.github.narthex.profile.run.MemoryUse;
import io.github.narthex.profile.run.ProfileResult;
import io.github.narthex.profile.run.Utilisation;
import io.github.narthex.strategy.Recipe;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Where a model's time and memory go, as text for a terminal. */
public final class ProfileTable {
  private static final double NANOS_PER_MS = 1e6;

  private ProfileTable() {}

  /**
   * The whole text, with a line end.
   *
   * @param table in the order in which it is to be printed
   * @param limit rows of operators to print; 0 for all, -1 for none
   */
  public static String of(ProfileResult result, Grouping grouping, OperatorTable table, int limit) {
    List<String> lines = new ArrayList<>();
    lines.add(Wrap.labelled("", title(result), BenchTable.WIDTH));
    lines.add("");
    lines.add(Wrap.labelled("", latency(result), BenchTable.WIDTH));
    lines.add("");
    if (limit >= 0) {
      lines.addAll(operators(result, grouping, table, limit));
      lines.add("");
    }
    lines.addAll(stages(result));
    lines.add("");
    if (!result.crossings().isEmpty()) {
      lines.addAll(dataPath(result));
      lines.add("");
    }
    result.deviceSplit().ifPresent(split -> lines.addAll(DeviceSplitTable.lines(split)));
    lines.addAll(memory(result.memory()));
    result.forecast().ifPresent(forecast -> lines.addAll(ForecastTable.lines(forecast)));
    lines.add("");
    lines.add(Wrap.labelled("threads   ", utilisation(result), BenchTable.WIDTH));
    lines.add("");
    lines.addAll(BenchTable.environment(result.environment(), result.environment().time()));
    List<String> notes = new ArrayList<>(result.notes());
    notes.addAll(BenchTable.notes(result.model()));
    Wrap.addNotes(lines, notes, BenchTable.WIDTH);
    if (!result.advice().isEmpty()) {
      lines.add("");
      result.advice().forEach(rule -> lines.add(Wrap.labelled("- ", rule, BenchTable.WIDTH)));
    }
    return String.join("\n", lines) + "\n";
  }

  private static String title(ProfileResult result) {
    return "%s, %s, %d thread%s, %s"
        .formatted(
            Caption.of(result.model(), result.inputs()),
            result.task().recipe(),
            result.task().threads(),
            result.task().threads() == 1 ? "" : "s",
            Recipe.parse(result.task().recipe()).device());
  }

  private static String latency(ProfileResult result) {
    return String.format(
        Locale.ROOT,
        "forward: p50 %s ms in %d calls; with the profiler %s ms, which is %.1f %% %s",
        Figures.ms(result.plain().p50Ms()),
        result.iterations(),
        Figures.ms(result.profiled().p50Ms()),
        100 * Math.abs(result.overhead()),
        result.overhead() < 0 ? "less" : "more");
  }

  private static List<String> operators(
      ProfileResult result, Grouping grouping, OperatorTable table, int limit) {
    if (grouping == Grouping.KERNEL && table.rows().isEmpty()) {
      return List.of(
          "no kernels were recorded: libtorch's profiler knows those of CUDA, ROCm and XPU, on a"
              + " --device");
    }
    boolean hasMemory = result.task().options().memory();
    boolean hasFlops = result.task().options().flops();
    List<String> header =
        new ArrayList<>(
            List.of(grouping.name().toLowerCase(Locale.ROOT), "calls", "self", "self", "total"));
    List<String> units = new ArrayList<>(List.of("", "", "ms", "%", "ms"));
    boolean hasDevice = table.rows().stream().anyMatch(row -> row.deviceNanos() > 0);
    if (hasDevice) {
      header.add("device");
      units.add("ms");
    }
    if (hasFlops) {
      header.add("flops");
      units.add("G/s");
    }
    if (hasMemory) {
      header.add("takes");
      units.add("MB");
    }
    boolean hasDeviceMemory = table.rows().stream().anyMatch(row -> row.deviceTakenBytes() > 0);
    if (hasDeviceMemory) {
      header.add("on device");
      units.add("MB");
    }
    TextTable text = new TextTable(BenchTable.WIDTH, header, List.of());
    text.row(units);
    double forwards = result.iterations();
    double all = Math.max(1, table.selfNanos());
    List<OperatorTable.Row> rows = table.rows();
    List<OperatorTable.Row> shown =
        limit == 0 ? rows : rows.subList(0, Math.min(limit, rows.size()));
    for (OperatorTable.Row row : shown) {
      List<String> cells =
          new ArrayList<>(
              List.of(
                  row.name(),
                  calls(row.calls() / forwards),
                  Figures.ms(row.selfNanos() / forwards / NANOS_PER_MS),
                  Figures.share(row.selfNanos() / all),
                  Figures.ms(row.totalNanos() / forwards / NANOS_PER_MS)));
      if (hasDevice) {
        cells.add(Figures.ms(row.deviceNanos() / forwards / NANOS_PER_MS));
      }
      if (hasFlops) {
        cells.add(
            row.flops() == 0
                ? Figures.NONE
                : Figures.rate((double) row.flops() / Math.max(1, row.totalNanos())));
      }
      if (hasMemory) {
        cells.add(megabytes(row.takenBytes() / forwards));
      }
      if (hasDeviceMemory) {
        cells.add(megabytes(row.deviceTakenBytes() / forwards));
      }
      text.row(cells);
    }
    List<String> lines = new ArrayList<>(text.lines());
    if (shown.size() < rows.size()) {
      double rest =
          rows.subList(shown.size(), rows.size()).stream()
              .mapToLong(OperatorTable.Row::selfNanos)
              .sum();
      lines.add(
          "%d more with %s %% of the time (--limit 0 for all)"
              .formatted(rows.size() - shown.size(), Figures.share(rest / all)));
    }
    return lines;
  }

  private static String megabytes(double bytes) {
    return String.format(Locale.ROOT, "%.2f", bytes / 1e6);
  }

  private static String calls(double calls) {
    return calls == Math.rint(calls)
        ? Long.toString((long) calls)
        : String.format(Locale.ROOT, "%.1f", calls);
  }

  private static List<String> stages(ProfileResult result) {
    TextTable text =
        new TextTable(BenchTable.WIDTH, List.of("stage", "p50", "mean", "share"), List.of());
    text.row(List.of("", "ms", "ms", "%"));
    for (StageTimes.Share share : result.stages()) {
      text.row(
          List.of(
              share.stage().toString(),
              Figures.ms(share.medianNanos() / NANOS_PER_MS),
              Figures.ms(share.meanNanos() / NANOS_PER_MS),
              Figures.share(share.share())));
    }
    return text.lines();
  }

  private static List<String> dataPath(ProfileResult result) {
    TextTable text =
        new TextTable(
            BenchTable.WIDTH, List.of("crossing", "times", "kB", "us", "GB/s", ""), List.of(5));
    double requests = result.iterations();
    for (DataPath.Crossing crossing : result.crossings()) {
      text.row(
          List.of(
              crossing.direction() == DataPath.Direction.IN ? "in" : "out",
              calls(crossing.count() / requests),
              String.format(Locale.ROOT, "%.1f", crossing.bytes() / requests / 1e3),
              String.format(Locale.ROOT, "%.1f", crossing.nanos() / requests / 1e3),
              crossing.isCopy()
                  ? Figures.rate((double) crossing.bytes() / Math.max(1, crossing.nanos()))
                  : Figures.NONE,
              crossing.reason().toString()));
      text.note("", crossing.site());
    }
    return text.lines();
  }

  private static List<String> memory(MemoryUse memory) {
    return List.of(
        Wrap.labelled(
            "memory    ",
            "process %s, at most %s; JVM heap %s; native heap %s of %s"
                .formatted(
                    bytes(memory.rssBytes()),
                    bytes(memory.peakRssBytes()),
                    bytes(memory.jvmHeapBytes()),
                    bytes(memory.nativeHeapBytes()),
                    bytes(memory.nativeFromSystemBytes())),
            BenchTable.WIDTH),
        Wrap.labelled(
            "tensors   ",
            String.format(
                Locale.ROOT,
                "weights %s, inputs %s, outputs %s; a forward has up to %s at once, and takes %s in"
                    + " %.0f pieces",
                bytes(memory.weightsBytes()),
                bytes(memory.inputBytes()),
                bytes(memory.outputBytes()),
                bytes(memory.forwardPeakBytes()),
                bytes(memory.forwardTakenBytes()),
                memory.forwardAllocations()),
            BenchTable.WIDTH));
  }

  private static String bytes(long bytes) {
    return bytes < 0 ? "unknown" : Figures.bytes(bytes);
  }

  private static String utilisation(ProfileResult result) {
    Utilisation use = result.utilisation();
    List<String> busy =
        use.busy().stream()
            .map(share -> String.format(Locale.ROOT, "%.0f %%", 100 * share))
            .toList();
    return String.format(
            Locale.ROOT,
            "the process kept %.2f processors busy%s%s",
            use.processors(),
            busy.isEmpty() ? "" : "; by processor, whoever used them: " + String.join(", ", busy),
            use.throttledShare() == 0
                ? ""
                : "; a quota held it back for %s of the time"
                    .formatted(Figures.percent(use.throttledShare())))
        + memoryTraffic(use)
        + result
            .deviceUse()
            .map(
                gpu ->
                    "; the GPU was busy for %s of the profiled time, Tensor Cores had %s of its kernels"
                        .formatted(
                            Figures.percent(gpu.busyShare()),
                            Figures.percent(gpu.tensorCoreShare())))
            .orElse("");
  }

  private static String memoryTraffic(Utilisation use) {
    return use.memoryBytesPerSecond().isEmpty()
        ? ""
        : "; memory moved %s GB/s, whoever used it"
            .formatted(Figures.rate(use.memoryBytesPerSecond().getAsDouble() / 1e9));
  }
}
