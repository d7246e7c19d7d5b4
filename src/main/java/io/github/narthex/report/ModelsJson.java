package io.github.narthex.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.github.narthex.bench.BenchResult;
import io.github.narthex.bench.Measurement;
import io.github.narthex.bench.ModelRow;
import io.github.narthex.bench.ModelsResult;
import java.util.Optional;

/** Several models side by side, as JSON. Every field is always there; what is unknown is null. */
public final class ModelsJson {
  /** Says which fields a document has. A new field leaves it as it is. */
  public static final String SCHEMA = "narthex.models/1";

  private ModelsJson() {}

  /**
   * The document.
   *
   * @param samples whether the time of each forward is in it
   */
  public static JsonObject of(ModelsResult result, boolean samples) {
    JsonObject document = Json.document(SCHEMA);
    JsonArray models = new JsonArray();
    result.rows().forEach(row -> models.add(model(row, samples)));
    document.add("models", models);
    document.add("stability", StabilityText.json(result.stability()));
    document.addProperty("advice", ModelsTable.advice(result));
    return document;
  }

  private static JsonObject model(ModelRow row, boolean samples) {
    BenchResult bench = row.result();
    JsonObject object = new JsonObject();
    object.addProperty("model", row.task().model());
    object.addProperty("status", row.status().toString());
    object.add("reason", Json.text(row.reason()));
    object.add("parameters", Json.number(bench == null ? null : bench.model().parameters()));
    object.add("file_bytes", Json.number(bench == null ? null : bench.model().fileBytes()));
    object.add("eager", figures(row.baseline()));
    object.add("best", figures(row.best()));
    object.add("result", bench == null ? JsonNull.INSTANCE : BenchJson.of(bench, samples));
    return object;
  }

  /** The figures of the table; the rest is in the document of bench. */
  private static JsonElement figures(Optional<Measurement> row) {
    if (row.isEmpty()) {
      return JsonNull.INSTANCE;
    }
    JsonObject all = BenchJson.measurement(row.get());
    JsonObject object = new JsonObject();
    object.add("recipe", all.get("recipe"));
    object.add("status", all.get("status"));
    JsonObject latency = all.getAsJsonObject("latency_ms");
    object.add("p50_ms", latency.get("p50"));
    object.add("p99_ms", latency.get("p99"));
    object.add("throughput_per_s", all.get("throughput_per_s"));
    object.add("speedup", all.get("speedup"));
    object.add("speedup_ci", all.get("speedup_ci"));
    object.add("max_rel", all.getAsJsonObject("accuracy").get("max_rel"));
    object.add("peak_rss_bytes", all.get("peak_rss_bytes"));
    return object;
  }
}
