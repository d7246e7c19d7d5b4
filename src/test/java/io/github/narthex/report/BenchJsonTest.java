package io.github.narthex.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.narthex.bench.Accuracy;
import io.github.narthex.bench.BenchResult;
import io.github.narthex.bench.Disturbance;
import io.github.narthex.bench.SpeedUp;
import io.github.narthex.bench.Turn;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BenchJsonTest {
  private final JsonObject document =
      JsonParser.parseString(Json.text(BenchJson.of(Examples.result()))).getAsJsonObject();

  private JsonObject row(int index) {
    return document.getAsJsonArray("results").get(index).getAsJsonObject();
  }

  @Test
  void document() {
    assertEquals(
        Set.of(
            "schema",
            "environment",
            "model",
            "workload",
            "results",
            "stability",
            "recommended",
            "advice"),
        document.keySet());
    assertEquals("narthex.bench/1", document.get("schema").getAsString());
    assertEquals("onednn-graph+bf16+channels-last", document.get("recommended").getAsString());
    assertEquals("2.15.0", document.getAsJsonObject("environment").get("libtorch").getAsString());
    assertEquals(25_557_032, document.getAsJsonObject("model").get("parameters").getAsLong());
    assertEquals(2, document.getAsJsonObject("workload").get("threads").getAsInt());
    assertTrue(document.getAsJsonObject("workload").get("iterations").isJsonNull());
  }

  @Test
  void measuredRow() {
    JsonObject row = row(2);
    assertEquals("onednn-graph+bf16+channels-last", row.get("recipe").getAsString());
    assertEquals("ok", row.get("status").getAsString());
    assertTrue(row.get("reason").isJsonNull());
    JsonObject latency = row.getAsJsonObject("latency_ms");
    assertEquals("5.500", latency.get("p50").getAsString());
    assertEquals(7.25, latency.get("p99").getAsDouble());
    assertEquals(700, row.get("samples").getAsLong());
    assertEquals(412.346, row.get("load_ms").getAsDouble());
    assertEquals(9.136, row.get("speedup").getAsDouble());
    JsonArray interval = row.getAsJsonArray("speedup_ci");
    assertEquals(8.97, interval.get(0).getAsDouble());
    assertEquals(9.31, interval.get(1).getAsDouble());
    assertEquals(16, row.getAsJsonObject("accuracy").get("inputs").getAsInt());
    assertEquals(0.0041, row.getAsJsonObject("accuracy").get("max_rel").getAsDouble());
    assertEquals(412_000_000, row.get("peak_rss_bytes").getAsLong());
  }

  /** What intervals across two documents are computed from. */
  @Test
  void turnsAndSamples() {
    List<Turn> turns = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      turns.add(new Turn(new long[] {1_500_000 + i, 20_700, 2_000_001}, Disturbance.NONE));
    }
    BenchResult result = Examples.withTurns(Examples.result(), turns);

    JsonObject first = BenchJson.of(result).getAsJsonArray("results").get(0).getAsJsonObject();
    assertTrue(first.get("samples_ms").isJsonNull());
    JsonArray summaries = first.getAsJsonArray("turns");
    assertEquals(6, summaries.size());
    assertEquals(
        "{\"samples\":3,\"mean\":1.174,\"p50\":1.500,\"p90\":null,\"p95\":null,\"p99\":null}",
        summaries.get(0).toString());
    assertEquals("stable", first.getAsJsonObject("stability").get("verdict").getAsString());
    JsonObject withSamples =
        BenchJson.of(result, true).getAsJsonArray("results").get(0).getAsJsonObject();
    assertEquals(
        "[1.500001,0.020700,2.000001]", withSamples.getAsJsonArray("samples_ms").get(1).toString());
    assertEquals("unknown", row(0).getAsJsonObject("stability").get("verdict").getAsString());
    assertEquals(
        "[\"too few turns to tell (eager, freeze, onednn-graph+bf16+channels-last and 1 more)\"]",
        document.getAsJsonObject("stability").get("reasons").toString());
  }

  @Test
  void curveOfLatencies() {
    JsonArray curve = row(2).getAsJsonObject("latency_ms").getAsJsonArray("curve");
    assertEquals(101, curve.size());
    assertEquals("4.500", curve.get(0).getAsString());
    assertEquals("5.500", curve.get(50).getAsString());
    assertEquals(0, row(4).getAsJsonObject("latency_ms").getAsJsonArray("curve").size());
  }

  @Test
  void dataAndLabels() {
    assertTrue(document.getAsJsonObject("workload").get("data").isJsonNull());
    assertTrue(row(0).getAsJsonObject("accuracy").get("top1").isJsonNull());
    JsonObject labelled = BenchJson.of(Examples.labelled(0.929));
    assertEquals(
        "{\"directory\":\"photos\",\"samples\":5000,\"used\":1000,\"labelled\":true}",
        labelled.getAsJsonObject("workload").get("data").toString());
    JsonObject accuracy =
        labelled.getAsJsonArray("results").get(1).getAsJsonObject().getAsJsonObject("accuracy");
    assertEquals(0.762, accuracy.get("top1").getAsDouble());
    assertEquals(0.929, accuracy.get("top5").getAsDouble());
    assertEquals(1000, accuracy.get("inputs").getAsInt());
  }

  @Test
  void percentileBelowItsFloorIsNull() {
    assertTrue(row(0).getAsJsonObject("latency_ms").get("p99").isJsonNull());
  }

  @Test
  void everyRowHasEveryField() {
    JsonObject fallen = row(4);
    assertEquals("crashed", fallen.get("status").getAsString());
    assertEquals(row(0).keySet(), fallen.keySet());
    for (String part : List.of("latency_ms", "accuracy")) {
      assertEquals(row(0).getAsJsonObject(part).keySet(), fallen.getAsJsonObject(part).keySet());
    }
    assertTrue(fallen.getAsJsonObject("latency_ms").get("p50").isJsonNull());
    assertTrue(fallen.get("speedup_ci").isJsonNull());
    assertEquals(0, fallen.get("samples").getAsLong());
  }

  @Test
  void whatIsNotFiniteIsNull() {
    BenchResult result = Examples.result();
    Accuracy accuracy =
        new Accuracy(
            Double.NaN,
            Double.POSITIVE_INFINITY,
            Double.NaN,
            Double.NaN,
            0,
            Double.NaN,
            1,
            Optional.empty());
    var row = result.results().getFirst();
    var broken =
        new io.github.narthex.bench.Measurement(
            row.recipe(),
            row.batch(),
            row.threads(),
            row.device(),
            row.status(),
            null,
            row.latency(),
            Double.POSITIVE_INFINITY,
            Double.NaN,
            null,
            new SpeedUp(Double.NaN, null),
            accuracy,
            null,
            null,
            null,
            null,
            List.of());
    String text =
        Json.text(
            BenchJson.of(
                new BenchResult(
                    result.environment(),
                    result.model(),
                    result.workload(),
                    List.of(broken),
                    result.recommendation())));
    assertFalse(text.contains("NaN") || text.contains("Infinity"), text);
    assertTrue(text.contains("\"max_rel\": null"), text);
  }
}
