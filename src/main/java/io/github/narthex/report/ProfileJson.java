package io.github.narthex.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.github.narthex.DataPath;
import io.github.narthex.profile.OperatorTable;
import io.github.narthex.profile.StageTimes;
import io.github.narthex.profile.run.DeviceUse;
import io.github.narthex.profile.run.MemoryUse;
import io.github.narthex.profile.run.ProfileResult;
import io.github.narthex.profile.run.Utilisation;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Where a model's time and memory go, as JSON. What is unknown is null. */
public final class ProfileJson {
  /** Says which fields a document has. A new field leaves it as it is. */
  public static final String SCHEMA = "narthex.profile/1";

  private static final double NANOS_PER_MS = 1e6;

  private ProfileJson() {}

  /** The document; rows are sums over all iterations. */
  public static JsonObject of(
      ProfileResult result, OperatorTable.Grouping grouping, OperatorTable table) {
    JsonObject document = Json.document(SCHEMA);
    document.add("environment", BenchJson.environment(result.environment()));
    document.add("model", BenchJson.model(result.model()));
    document.add("workload", workload(result));
    document.add("notes", Json.texts(result.notes()));
    document.add("latency_ms", BenchJson.latency(result.plain()));
    document.add("profiled_latency_ms", BenchJson.latency(result.profiled()));
    document.add("overhead", Json.number(result.overhead()));
    document.addProperty("group_by", grouping.name().toLowerCase(Locale.ROOT));
    document.addProperty("profiled_ms", result.profile().wallNanos() / NANOS_PER_MS);
    JsonArray rows = new JsonArray();
    table.rows().forEach(row -> rows.add(row(row, table)));
    document.add("operators", rows);
    JsonArray stages = new JsonArray();
    result.stages().forEach(share -> stages.add(stage(share)));
    document.add("stages", stages);
    JsonArray crossings = new JsonArray();
    result.crossings().forEach(crossing -> crossings.add(crossing(crossing)));
    document.add("data_path", crossings);
    document.add("memory", memory(result.memory()));
    result
        .forecast()
        .ifPresent(forecast -> document.add("memory_forecast", ForecastTable.json(forecast)));
    result
        .deviceSplit()
        .ifPresent(split -> document.add("device_call", DeviceSplitTable.json(split)));
    document.add("utilisation", utilisation(result.utilisation(), result.deviceUse()));
    document.add("advice", Json.texts(result.advice()));
    return document;
  }

  private static JsonObject workload(ProfileResult result) {
    JsonObject object = new JsonObject();
    object.add("inputs", Json.texts(result.inputs()));
    object.add("data", Json.text(result.task().data()));
    object.addProperty("recipe", result.task().recipe());
    object.addProperty("threads", result.task().threads());
    object.addProperty("iterations", result.iterations());
    object.addProperty("warmup", result.task().warmup());
    object.addProperty("seed", result.task().seed());
    return object;
  }

  private static JsonObject row(OperatorTable.Row row, OperatorTable table) {
    JsonObject object = new JsonObject();
    object.addProperty("name", row.name());
    object.addProperty("calls", row.calls());
    object.addProperty("self_ms", row.selfNanos() / NANOS_PER_MS);
    object.addProperty("self_share", (double) row.selfNanos() / Math.max(1, table.selfNanos()));
    object.addProperty("total_ms", row.totalNanos() / NANOS_PER_MS);
    object.addProperty("device_ms", row.deviceNanos() / NANOS_PER_MS);
    object.addProperty("flops", row.flops());
    object.addProperty("taken_bytes", row.takenBytes());
    object.addProperty("change_bytes", row.changeBytes());
    object.addProperty("device_taken_bytes", row.deviceTakenBytes());
    object.addProperty("device_change_bytes", row.deviceChangeBytes());
    return object;
  }

  private static JsonObject stage(StageTimes.Share share) {
    JsonObject object = new JsonObject();
    object.addProperty("stage", share.stage().toString());
    object.addProperty("count", share.count());
    object.addProperty("p50_ms", share.medianNanos() / NANOS_PER_MS);
    object.addProperty("mean_ms", share.meanNanos() / NANOS_PER_MS);
    object.addProperty("share", share.share());
    return object;
  }

  private static JsonObject crossing(DataPath.Crossing crossing) {
    JsonObject object = new JsonObject();
    object.addProperty("site", crossing.site());
    object.addProperty("direction", crossing.direction().name().toLowerCase(Locale.ROOT));
    object.addProperty("copied", crossing.isCopy());
    object.addProperty("reason", crossing.reason().name().toLowerCase(Locale.ROOT));
    object.addProperty("count", crossing.count());
    object.addProperty("bytes", crossing.bytes());
    object.addProperty("ns", crossing.nanos());
    return object;
  }

  private static JsonObject memory(MemoryUse memory) {
    JsonObject object = new JsonObject();
    object.add("rss_bytes", bytes(memory.rssBytes()));
    object.add("peak_rss_bytes", bytes(memory.peakRssBytes()));
    object.add("jvm_heap_bytes", bytes(memory.jvmHeapBytes()));
    object.add("native_heap_bytes", bytes(memory.nativeHeapBytes()));
    object.add("native_from_system_bytes", bytes(memory.nativeFromSystemBytes()));
    object.addProperty("weights_bytes", memory.weightsBytes());
    object.addProperty("input_bytes", memory.inputBytes());
    object.addProperty("output_bytes", memory.outputBytes());
    object.addProperty("forward_peak_bytes", memory.forwardPeakBytes());
    object.addProperty("forward_taken_bytes", memory.forwardTakenBytes());
    object.addProperty("forward_allocations", memory.forwardAllocations());
    object.addProperty("tensor_bytes", memory.tensorBytes());
    return object;
  }

  private static JsonElement bytes(long bytes) {
    @Nullable Long known = bytes < 0 ? null : Long.valueOf(bytes);
    return Json.number(known);
  }

  private static JsonObject utilisation(Utilisation use, Optional<DeviceUse> device) {
    JsonObject object = new JsonObject();
    object.addProperty("seconds", use.seconds());
    object.addProperty("processors", use.processors());
    JsonArray busy = new JsonArray();
    use.busy().forEach(busy::add);
    object.add("busy", busy);
    object.addProperty("throttled_share", use.throttledShare());
    object.add(
        "memory_bytes_per_second",
        Json.number(
            use.memoryBytesPerSecond().isPresent()
                ? use.memoryBytesPerSecond().getAsDouble()
                : null));
    device.ifPresent(
        gpu -> {
          object.addProperty("gpu_busy_share", gpu.busyShare());
          object.addProperty("tensor_core_share", gpu.tensorCoreShare());
        });
    return object;
  }
}
