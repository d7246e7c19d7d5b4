package io.github.narthex.report;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.github.narthex.bench.LoadResult;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The rows of a load as CSV: what the {@linkplain LoadJson JSON} has in its results. */
public final class LoadCsv {
  private static final List<String> FIELDS =
      List.of(
          "load",
          "callers",
          "rate_per_s",
          "samples_per_query",
          "duration_s",
          "status",
          "reason",
          "offered_per_s",
          "achieved_per_s",
          "items_per_s",
          "requests",
          "answered",
          "errors",
          "unanswered",
          "overloaded",
          "keeps_slo",
          "mean_wait_ms",
          "busy");

  private static final List<String> LATENCY =
      List.of("min", "mean", "p50", "p90", "p95", "p99", "max");

  private LoadCsv() {}

  /** A header and one line for each row. What is unknown or not finite is empty. */
  public static String of(LoadResult result) {
    List<String> header = new ArrayList<>(FIELDS);
    LATENCY.forEach(name -> header.add(name + "_ms"));
    header.add("mean_service_ms");
    return BenchCsv.text(
        Stream.concat(
            Stream.of(header),
            LoadJson.of(result).getAsJsonArray("results").asList().stream()
                .map(row -> cells(row.getAsJsonObject()))));
  }

  private static List<String> cells(JsonObject row) {
    List<String> cells = new ArrayList<>();
    FIELDS.forEach(field -> cells.add(text(row.get(field))));
    LATENCY.forEach(name -> cells.add(text(row.getAsJsonObject("latency_ms").get(name))));
    cells.add(text(row.getAsJsonObject("service_ms").get("mean")));
    return cells;
  }

  private static String text(JsonElement value) {
    return value.isJsonNull() ? "" : value.getAsString();
  }
}
