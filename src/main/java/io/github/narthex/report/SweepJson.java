package io.github.narthex.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.github.narthex.bench.BenchTask;
import io.github.narthex.bench.BestBatch;
import io.github.narthex.bench.SweepResult;
import io.github.narthex.bench.SweepRow;
import io.github.narthex.strategy.Threads;
import java.util.Optional;
import java.util.Set;

/** The result of a sweep as JSON. Every field is always there; what is unknown is null. */
public final class SweepJson {
  /** Says which fields a document has. A new field leaves it as it is. */
  public static final String SCHEMA = "narthex.sweep/1";

  private SweepJson() {}

  /** The document, without raw samples. */
  public static JsonObject of(SweepResult result) {
    return of(result, false);
  }

  /**
   * The document.
   *
   * @param samples whether the time of each forward is in it
   */
  public static JsonObject of(SweepResult result, boolean samples) {
    JsonObject document = Json.document(SCHEMA);
    document.add("environment", BenchJson.environment(result.environment()));
    document.add("model", BenchJson.model(result.model()));
    document.add("workload", workload(result));
    JsonArray results = new JsonArray();
    result.rows().forEach(row -> results.add(row(row, samples)));
    document.add("results", results);
    document.add("stability", StabilityText.json(result.stability()));
    JsonArray best = new JsonArray();
    result.best().forEach(batch -> best.add(best(batch)));
    document.add("best", best);
    JsonObject recommended = new JsonObject();
    recommended.add("latency", point(result.fastest()));
    recommended.add("throughput", point(result.busiest()));
    document.add("recommended", recommended);
    document.addProperty("advice", SweepTable.advice(result));
    return document;
  }

  private static JsonObject workload(SweepResult result) {
    BenchTask task = result.task().task();
    JsonObject object = new JsonObject();
    JsonArray batches = new JsonArray();
    result.task().batches().forEach(batches::add);
    object.add("batches", batches);
    JsonArray threads = new JsonArray();
    result.task().threads().forEach(plan -> threads.add(threads(plan)));
    object.add("threads", threads);
    object.addProperty("usable_cores", result.usableCores());
    object.addProperty("device", task.device());
    object.addProperty("seed", task.seed());
    object.add("max_error", Json.number(task.maxError()));
    BenchJson.effort(object, task.effort());
    return object;
  }

  static JsonObject threads(Threads threads) {
    JsonObject object = new JsonObject();
    object.addProperty("threads", threads.intra());
    object.addProperty("instances", threads.instances());
    return object;
  }

  private static JsonObject row(SweepRow row, boolean samples) {
    JsonObject object = BenchJson.measurement(row.measurement(), samples);
    object.addProperty("instances", row.threads().instances());
    object.add("inputs", Json.texts(row.inputs()));
    object.addProperty("rounds", row.rounds());
    object.add("peak_rss_of_eager", Json.number(row.peakOfEager()));
    object.addProperty("pareto", row.isFront());
    return object;
  }

  private static JsonObject best(BestBatch best) {
    JsonObject object = new JsonObject();
    object.addProperty("recipe", best.recipe());
    object.add("latency", point(Optional.of(best.latency())));
    object.add("throughput", point(Optional.of(best.throughput())));
    object.addProperty("batch_pays_up_to", best.paysUpTo());
    object.addProperty("still_grows", best.stillGrows());
    return object;
  }

  /** Where a row is, and its two figures. */
  private static JsonElement point(Optional<SweepRow> row) {
    if (row.isEmpty()) {
      return JsonNull.INSTANCE;
    }
    JsonObject object = BenchJson.measurement(row.get().measurement());
    object.keySet().retainAll(Set.of("recipe", "batch", "threads", "throughput_per_s"));
    object.addProperty("instances", row.get().threads().instances());
    object.add("p50_ms", Json.ms(row.get().p50Ms()));
    return object;
  }
}
