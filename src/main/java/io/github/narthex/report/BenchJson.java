package io.github.narthex.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.github.narthex.bench.Accuracy;
import io.github.narthex.bench.BenchResult;
import io.github.narthex.bench.Disturbance;
import io.github.narthex.bench.Effort;
import io.github.narthex.bench.Environment;
import io.github.narthex.bench.Interval;
import io.github.narthex.bench.Latency;
import io.github.narthex.bench.Measurement;
import io.github.narthex.bench.ModelInfo;
import io.github.narthex.bench.SpeedUp;
import io.github.narthex.bench.Stability;
import io.github.narthex.bench.TopAccuracy;
import io.github.narthex.bench.Workload;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The result of a benchmark as JSON. Every field is always there; what is unknown is null. */
public final class BenchJson {
  /** Says which fields a document has. A new field leaves it as it is. */
  public static final String SCHEMA = "narthex.bench/1";

  private static final double NANOS_PER_S = 1e9;

  private BenchJson() {}

  /** The document, without raw samples. */
  public static JsonObject of(BenchResult result) {
    return of(result, false);
  }

  /**
   * The document.
   *
   * @param samples whether the time of each forward is in it
   */
  public static JsonObject of(BenchResult result, boolean samples) {
    JsonObject document = Json.document(SCHEMA);
    document.add("environment", environment(result.environment()));
    document.add("model", model(result.model()));
    document.add("workload", workload(result.workload()));
    JsonArray results = new JsonArray();
    result.results().forEach(measurement -> results.add(measurement(measurement, samples)));
    document.add("results", results);
    document.add("stability", StabilityText.json(result.stability()));
    document.add("recommended", Json.text(result.recommendation().recipe()));
    document.addProperty("advice", result.recommendation().sentence());
    return document;
  }

  /** The machine and the software. */
  public static JsonObject environment(Environment environment) {
    JsonObject object = new JsonObject();
    object.addProperty("time", environment.time());
    object.addProperty("narthex", environment.narthex());
    object.addProperty("libtorch", environment.libtorch());
    object.addProperty("jvm", environment.jvm());
    object.addProperty("os", environment.os());
    object.addProperty("cpu", environment.cpu());
    object.add("isa", Json.texts(environment.isa()));
    object.addProperty("processors", environment.processors());
    object.addProperty("cores", environment.cores());
    object.addProperty("available_processors", environment.availableProcessors());
    object.add("cpu_quota", Json.number(environment.cpuQuota()));
    object.addProperty("memory_bytes", environment.memoryBytes());
    JsonArray gpus = new JsonArray();
    for (Environment.Gpu gpu : environment.gpus()) {
      JsonObject one = new JsonObject();
      one.addProperty("name", gpu.name());
      one.add("memory_bytes", Json.number(gpu.memoryBytes()));
      one.add("compute_capability", Json.text(gpu.computeCapability()));
      gpus.add(one);
    }
    object.add("gpus", gpus);
    object.add("gpu_driver", Json.text(environment.gpuDriver()));
    object.add("cuda", Json.text(environment.cuda()));
    return object;
  }

  static JsonObject model(ModelInfo model) {
    JsonObject object = new JsonObject();
    object.addProperty("name", model.name());
    object.addProperty("format", model.format());
    object.addProperty("parameters", model.parameters());
    object.addProperty("parameter_bytes", model.parameterBytes());
    object.addProperty("file_bytes", model.fileBytes());
    object.addProperty("random_weights", model.randomWeights());
    object.addProperty("training", model.training());
    object.addProperty("stateful", model.stateful());
    object.add("package_options", Json.texts(model.packageOptions()));
    return object;
  }

  private static JsonObject workload(Workload workload) {
    Effort effort = workload.effort();
    JsonObject object = new JsonObject();
    object.add("inputs", Json.texts(workload.inputs()));
    object.addProperty("batch", workload.batch());
    object.addProperty("threads", workload.threads());
    object.addProperty("device", workload.device());
    object.addProperty("seed", workload.seed());
    object.add("max_error", Json.number(workload.maxError()));
    effort(object, effort);
    object.addProperty("rounds", workload.rounds());
    object.add("data", data(workload.data()));
    return object;
  }

  static JsonElement data(Workload.@Nullable Data data) {
    if (data == null) {
      return JsonNull.INSTANCE;
    }
    JsonObject object = new JsonObject();
    object.addProperty("directory", data.directory());
    object.addProperty("samples", data.samples());
    object.addProperty("used", data.used());
    object.addProperty("labelled", data.labelled());
    return object;
  }

  /** Adds what was asked for. */
  static void effort(JsonObject object, Effort effort) {
    object.add("warmup", Json.number(effort.warmUp() == 0 ? null : effort.warmUp()));
    object.add("iterations", Json.number(effort.iterations() == 0 ? null : effort.iterations()));
    object.add("duration_s", Json.number(seconds(effort.duration())));
  }

  private static @Nullable Double seconds(Duration duration) {
    return duration.isZero() ? null : duration.toNanos() / NANOS_PER_S;
  }

  static JsonObject measurement(Measurement measurement) {
    return measurement(measurement, false);
  }

  static JsonObject measurement(Measurement measurement, boolean samples) {
    JsonObject object = new JsonObject();
    object.addProperty("recipe", measurement.recipe());
    object.addProperty("batch", measurement.batch());
    object.addProperty("threads", measurement.threads());
    object.addProperty("device", measurement.device());
    object.addProperty("status", measurement.status().toString());
    object.add("reason", Json.text(measurement.reason()));
    object.add("notes", Json.texts(measurement.notes()));
    Latency latency = measurement.latency();
    object.add("latency_ms", latency(latency));
    object.addProperty("samples", latency == null ? 0 : latency.samples());
    object.add("throughput_per_s", Json.number(measurement.throughputPerS()));
    object.add("first_inference_ms", Json.ms(measurement.firstInferenceMs()));
    object.add("load_ms", Json.ms(measurement.loadMs()));
    SpeedUp speedUp = measurement.speedUp();
    object.add("speedup", Json.number(speedUp == null ? null : speedUp.ratio()));
    object.add("speedup_ci", interval(speedUp == null ? null : speedUp.interval()));
    object.add("accuracy", accuracy(measurement.accuracy()));
    object.add("peak_rss_bytes", Json.number(measurement.peakRssBytes()));
    object.add("peak_device_bytes", Json.number(measurement.peakDeviceBytes()));
    object.add("warmup", Json.number(measurement.warmUp()));
    Boolean steady = measurement.steady();
    object.addProperty("steady", steady);
    object.add("disturbance", disturbance(measurement.disturbance()));
    object.add("stability", StabilityText.json(Stability.of(measurement)));
    object.add("turns", TurnsJson.summaries(measurement.turns()));
    object.add("samples_ms", samples ? TurnsJson.samples(measurement.turns()) : JsonNull.INSTANCE);
    return object;
  }

  static JsonObject latency(@Nullable Latency latency) {
    JsonObject object = new JsonObject();
    object.add("min", Json.ms(latency == null ? null : latency.minMs()));
    object.add("mean", Json.ms(latency == null ? null : latency.meanMs()));
    object.add("p50", Json.ms(latency == null ? null : latency.p50Ms()));
    object.add("p90", Json.ms(latency == null ? null : latency.p90Ms()));
    object.add("p95", Json.ms(latency == null ? null : latency.p95Ms()));
    object.add("p99", Json.ms(latency == null ? null : latency.p99Ms()));
    object.add("max", Json.ms(latency == null ? null : latency.maxMs()));
    JsonArray curve = new JsonArray();
    if (latency != null) {
      latency.curveMs().forEach(quantile -> curve.add(Json.ms(quantile)));
    }
    object.add("curve", curve);
    return object;
  }

  static JsonElement interval(@Nullable Interval interval) {
    if (interval == null) {
      return JsonNull.INSTANCE;
    }
    JsonArray array = new JsonArray();
    array.add(Json.number(interval.low()));
    array.add(Json.number(interval.high()));
    return array;
  }

  static JsonObject accuracy(@Nullable Accuracy accuracy) {
    JsonObject object = new JsonObject();
    object.add("max_abs", Json.number(accuracy == null ? null : accuracy.maxAbs()));
    object.add("max_rel", Json.number(accuracy == null ? null : accuracy.maxRel()));
    object.add("mean_abs", Json.number(accuracy == null ? null : accuracy.meanAbs()));
    object.add("cosine", Json.number(accuracy == null ? null : accuracy.cosine()));
    object.add(
        "argmax_agreement", Json.number(accuracy == null ? null : accuracy.argmaxAgreement()));
    object.add("signal_error", Json.number(accuracy == null ? null : accuracy.signalError()));
    object.addProperty("inputs", accuracy == null ? 0 : accuracy.inputs());
    TopAccuracy top = accuracy == null ? null : accuracy.top().orElse(null);
    object.add("top1", Json.number(top == null ? null : top.top1()));
    object.add("top5", Json.number(top == null ? null : top.top5()));
    JsonArray outputs = new JsonArray();
    if (accuracy != null) {
      accuracy.outputs().forEach(output -> outputs.add(accuracy(output)));
    }
    object.add("outputs", outputs);
    return object;
  }

  static JsonObject disturbance(@Nullable Disturbance disturbance) {
    JsonObject object = new JsonObject();
    object.add("gc_ms", Json.number(disturbance == null ? null : disturbance.gcMs()));
    object.add("gc_pauses", Json.number(disturbance == null ? null : disturbance.gcPauses()));
    object.add(
        "longest_gc_ms", Json.number(disturbance == null ? null : disturbance.longestGcMs()));
    object.add("throttled_ms", Json.number(disturbance == null ? null : disturbance.throttledMs()));
    object.add(
        "throttled_periods",
        Json.number(disturbance == null ? null : disturbance.throttledPeriods()));
    object.add("stolen_ms", Json.number(disturbance == null ? null : disturbance.stolenMs()));
    object.add("others_ms", Json.number(disturbance == null ? null : disturbance.othersMs()));
    return object;
  }
}
