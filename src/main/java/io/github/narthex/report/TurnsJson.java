package io.github.narthex.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.github.narthex.bench.Latency;
import io.github.narthex.bench.Turn;
import java.util.List;

/** What the turns of a row gave, so that intervals can be computed across two documents. */
final class TurnsJson {
  private TurnsJson() {}

  /** A summary of each turn. */
  static JsonArray summaries(List<Turn> turns) {
    JsonArray array = new JsonArray();
    for (Turn turn : turns) {
      Latency latency = turn.latency();
      JsonObject object = new JsonObject();
      object.addProperty("samples", latency.samples());
      object.add("mean", Json.ms(latency.meanMs()));
      object.add("p50", Json.ms(latency.p50Ms()));
      object.add("p90", Json.ms(latency.p90Ms()));
      object.add("p95", Json.ms(latency.p95Ms()));
      object.add("p99", Json.ms(latency.p99Ms()));
      array.add(object);
    }
    return array;
  }

  /** For each turn the time of each forward in milliseconds. */
  static JsonArray samples(List<Turn> turns) {
    JsonArray array = new JsonArray();
    for (Turn turn : turns) {
      JsonArray samples = new JsonArray();
      for (long nanos : turn.nanos()) {
        samples.add(Json.msOfNanos(nanos));
      }
      array.add(samples);
    }
    return array;
  }
}
