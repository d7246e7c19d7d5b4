package io.github.narthex.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.github.narthex.Device;
import io.github.narthex.optimize.Goal;
import io.github.narthex.optimize.Limits;
import io.github.narthex.optimize.OptimizeResult;
import io.github.narthex.optimize.OptimizeTask;
import io.github.narthex.optimize.Trial;
import io.github.narthex.strategy.Threads;
import java.time.Duration;

/** The result of a search as JSON. Every field is always there; what is unknown is null. */
public final class OptimizeJson {
  /** Says which fields a document has. A new field leaves it as it is. */
  public static final String SCHEMA = "narthex.optimize/1";

  private static final double NANOS_PER_S = 1e9;

  private OptimizeJson() {}

  /** The document. */
  public static JsonObject of(OptimizeResult result) {
    JsonObject document = Json.document(SCHEMA);
    document.add("environment", BenchJson.environment(result.environment()));
    document.add("model", BenchJson.model(result.model()));
    document.add("task", task(result.task()));
    document.add("inputs", Json.texts(result.inputs()));
    document.add("data", BenchJson.data(result.data().orElse(null)));
    JsonArray trials = new JsonArray();
    result.trials().forEach(trial -> trials.add(trial(trial)));
    document.add("trials", trials);
    document.add("chosen", Json.number(result.chosen().orElse(null)));
    JsonObject champions = new JsonObject();
    for (Goal goal : Goal.values()) {
      champions.add(goal.toString(), Json.number(result.champions().get(goal)));
    }
    document.add("champions", champions);
    document.addProperty("verdict", result.verdict());
    document.add("stability", StabilityText.json(result.stability()));
    document.addProperty("stopped", result.stopped());
    document.add("reasons", Json.texts(result.reasons()));
    document.add("advice", Json.texts(result.advice()));
    document.addProperty("elapsed_s", seconds(result.elapsed()));
    return document;
  }

  private static JsonObject task(OptimizeTask task) {
    JsonObject object = new JsonObject();
    object.addProperty("model", task.model());
    object.add("inputs", Json.texts(task.inputs()));
    object.add("data", Json.text(task.data()));
    object.addProperty("goal", task.goal().toString());
    Limits limits = task.limits();
    JsonObject slo = new JsonObject();
    slo.addProperty("percentile", limits.percentile());
    slo.add("ms", Json.number(limits.sloMs()));
    object.add("slo", limits.sloMs() == null ? JsonNull.INSTANCE : slo);
    object.add("min_throughput_per_s", Json.number(limits.minItemsPerS()));
    object.add("max_memory_bytes", Json.number(limits.maxMemoryBytes()));
    object.add("max_error", Json.number(task.maxError()));
    object.add("min_agreement", Json.number(task.minAgreement()));
    JsonArray threads = new JsonArray();
    for (Threads plan : task.threads()) {
      threads.add(SweepJson.threads(plan));
    }
    object.add("threads", threads);
    object.add("devices", Json.texts(task.devices().stream().map(Device::toString).toList()));
    JsonArray batches = new JsonArray();
    task.batches().forEach(batches::add);
    object.add("batches", batches);
    object.addProperty("budget_s", seconds(task.budget()));
    object.addProperty("seed", task.seed());
    return object;
  }

  private static JsonObject trial(Trial trial) {
    JsonObject object = BenchJson.measurement(trial.measurement());
    object.addProperty("instances", trial.candidate().threads().instances());
    object.add("file_bytes", Json.number(trial.fileBytes()));
    JsonArray operators = new JsonArray();
    trial
        .operators()
        .forEach(
            one -> {
              JsonObject operator = new JsonObject();
              operator.addProperty("name", one.name());
              operator.add("calls", Json.number(one.calls()));
              operator.add("self_ms", Json.number(one.selfMs()));
              operator.add("share", Json.number(one.share()));
              operators.add(operator);
            });
    object.add("operators", operators);
    object.addProperty("outcome", trial.outcome());
    object.addProperty("pareto", trial.isFront());
    return object;
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / NANOS_PER_S;
  }
}
