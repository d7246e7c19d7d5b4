package io.github.narthex.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.github.narthex.MemoryPlan;
import io.github.narthex.profile.run.MemoryForecast;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a forward was foretold to take for tensors, and for what that could be traded. */
final class ForecastTable {
  private static final double MS_PER_S = 1e3;

  private ForecastTable() {}

  static List<String> lines(MemoryForecast forecast) {
    MemoryPlan plan = forecast.plan();
    MemoryPlan.Peak peak = plan.peak();
    List<String> lines = new ArrayList<>();
    lines.add(
        Wrap.labelled(
            "foretold  ",
            String.format(
                Locale.ROOT,
                "a forward has up to %s at once, %d tensors when %s runs, or %s with what"
                    + " convolutions take for themselves, and makes %s%s",
                Figures.bytes(peak.bytes()),
                peak.tensors(),
                peak.operator(),
                Figures.bytes(plan.peakWithWorkspaceBytes()),
                Figures.bytes(plan.totalBytes()),
                plan.unknownCount() == 0
                    ? ""
                    : "; of %d tensors %d are not in it, whose shapes could not be inferred"
                        .formatted(plan.tensors().size(), plan.unknownCount())),
            BenchTable.WIDTH));
    TextTable table =
        new TextTable(BenchTable.WIDTH, List.of("trade", "at once", "for"), List.of(2));
    int given = 1;
    for (MemoryPlan.Waiting waiting : forecast.waiting()) {
      String what = given == 1 ? "1 tensor that waits" : given + " tensors that wait";
      String less = Figures.bytes(waiting.peakBytes());
      table.row(List.of("recompute " + what, less, recomputed(forecast, given)));
      table.row(List.of("offload " + what, less, offloaded(forecast, given)));
      given++;
    }
    for (MemoryForecast.Batch batch : forecast.batches()) {
      table.row(
          List.of(
              "batch " + batch.size(),
              Figures.bytes(batch.peakBytes()),
              batch.isGiven() ? "as it is" : "its speed: narthex bench --batch " + batch.size()));
    }
    lines.add("");
    lines.addAll(table.lines());
    return lines;
  }

  private static String recomputed(MemoryForecast forecast, int count) {
    return Figures.percent(
            (double) flopsAgain(forecast, count) / Math.max(1, forecast.plan().flops()))
        + " more products";
  }

  private static String offloaded(MemoryForecast forecast, int count) {
    double bytes = 2.0 * bytes(forecast, count);
    return "%s copied, %s ms at least"
        .formatted(
            Figures.bytes((long) bytes),
            Figures.ms(bytes / forecast.copyBytesPerSecond() * MS_PER_S));
  }

  private static long flopsAgain(MemoryForecast forecast, int count) {
    return forecast.waiting().stream().limit(count).mapToLong(MemoryPlan.Waiting::flopsAgain).sum();
  }

  private static long bytes(MemoryForecast forecast, int count) {
    return forecast.waiting().stream()
        .limit(count)
        .mapToLong(waiting -> waiting.tensor().bytes())
        .sum();
  }

  static JsonObject json(MemoryForecast forecast) {
    MemoryPlan plan = forecast.plan();
    JsonObject object = new JsonObject();
    object.addProperty("peak_bytes", plan.peak().bytes());
    object.addProperty("peak_operator", plan.peak().operator());
    object.addProperty("peak_tensors", plan.peak().tensors());
    object.addProperty("peak_with_workspace_bytes", plan.peakWithWorkspaceBytes());
    object.addProperty("total_bytes", plan.totalBytes());
    object.addProperty("tensors", plan.tensors().size());
    object.addProperty("unknown_tensors", plan.unknownCount());
    object.addProperty("flops", plan.flops());
    object.addProperty("copy_bytes_per_second", forecast.copyBytesPerSecond());
    JsonArray waiting = new JsonArray();
    for (MemoryPlan.Waiting one : forecast.waiting()) {
      JsonObject row = new JsonObject();
      row.addProperty("tensor", one.tensor().name());
      row.addProperty("operator", one.tensor().operator());
      row.addProperty("bytes", one.tensor().bytes());
      row.addProperty("flops_again", one.flopsAgain());
      row.addProperty("peak_bytes", one.peakBytes());
      waiting.add(row);
    }
    object.add("waiting", waiting);
    JsonArray batches = new JsonArray();
    for (MemoryForecast.Batch batch : forecast.batches()) {
      JsonObject row = new JsonObject();
      row.addProperty("batch", batch.size());
      row.addProperty("given", batch.isGiven());
      row.addProperty("peak_bytes", batch.peakBytes());
      batches.add(row);
    }
    object.add("batches", batches);
    return object;
  }
}
