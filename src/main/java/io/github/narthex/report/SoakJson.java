package io.github.narthex.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.github.narthex.HandleSite;
import io.github.narthex.soak.Growth;
import io.github.narthex.soak.Sample;
import io.github.narthex.soak.Slope;
import io.github.narthex.soak.SoakPlan;
import io.github.narthex.soak.SoakResult;
import io.github.narthex.soak.SoakSetting;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What came of a soak as JSON. Every field is always there; what is unknown is null. */
public final class SoakJson {
  /** Says which fields a document has. A new field leaves it as it is. */
  public static final String SCHEMA = "narthex.soak/1";

  private static final double NANOS_PER_S = 1e9;

  private SoakJson() {}

  /** The document. */
  public static JsonObject of(SoakSetting setting, SoakResult result, List<HandleSite> sites) {
    JsonObject document = Json.document(SCHEMA);
    document.add("environment", BenchJson.environment(setting.environment()));
    document.add("workload", workload(setting, result.plan()));
    document.addProperty("seconds", result.seconds());
    document.addProperty("interrupted", result.isInterrupted());
    document.addProperty("calls", result.latency().count());
    document.addProperty("errors", result.errors());
    document.add("first_error", Json.text(result.firstError()));
    document.addProperty("others_share", result.othersShare());
    document.addProperty("warm_up_windows", result.warmUp());
    JsonArray growths = new JsonArray();
    result.growths().forEach(growth -> growths.add(growth(growth)));
    document.add("growth", growths);
    JsonArray samples = new JsonArray();
    result.samples().forEach(sample -> samples.add(sample(sample)));
    document.add("windows", samples);
    JsonArray places = new JsonArray();
    sites.forEach(site -> places.add(site(site)));
    document.add("sites", places);
    document.addProperty("verdict", result.verdict().name().toLowerCase(Locale.ROOT));
    document.addProperty("advice", SoakVerdict.sentence(result));
    return document;
  }

  private static JsonObject workload(SoakSetting setting, SoakPlan plan) {
    JsonObject object = new JsonObject();
    object.addProperty("model", setting.model());
    object.add("package_options", Json.texts(setting.packageOptions()));
    object.add("inputs", Json.texts(setting.inputs()));
    object.addProperty("recipe", setting.recipe());
    object.addProperty("threads", setting.threads());
    object.addProperty("callers", plan.callers());
    object.addProperty("duration_s", plan.duration().toNanos() / NANOS_PER_S);
    object.addProperty("window_s", plan.window().toNanos() / NANOS_PER_S);
    return object;
  }

  /** Memory in bytes, latency in milliseconds. */
  private static JsonObject growth(Growth growth) {
    Slope slope = growth.slope();
    JsonObject object = new JsonObject();
    object.addProperty("metric", growth.metric().toString());
    object.addProperty("finding", growth.finding().name().toLowerCase(Locale.ROOT));
    object.addProperty("judged", growth.metric().isJudged());
    object.add("level", Json.number(growth.level()));
    object.add("first", Json.number(growth.first()));
    object.add("last", Json.number(growth.last()));
    object.add("per_hour", Json.number(slope == null ? null : slope.perHour()));
    object.add("per_hour_ci", interval(slope));
    object.add("inflation", Json.number(slope == null ? null : slope.inflation()));
    object.add("limit_per_hour", Json.number(growth.limitPerHour()));
    return object;
  }

  private static JsonElement interval(@Nullable Slope slope) {
    if (slope == null) {
      return JsonNull.INSTANCE;
    }
    JsonArray ends = new JsonArray();
    ends.add(slope.interval().low());
    ends.add(slope.interval().high());
    return ends;
  }

  private static JsonObject sample(Sample sample) {
    long rss = sample.reading().rssBytes();
    JsonObject object = new JsonObject();
    object.addProperty("seconds", sample.seconds());
    object.add("rss_bytes", Json.number(rss == 0 ? null : rss));
    object.addProperty("heap_bytes", sample.reading().heapBytes());
    long nativeHeap = sample.reading().nativeHeapBytes();
    object.add("native_heap_bytes", Json.number(nativeHeap < 0 ? null : nativeHeap));
    object.addProperty("handles", sample.reading().handles());
    object.addProperty("calls", sample.calls());
    object.addProperty("errors", sample.errors());
    object.add("p50_ms", Json.ms(sample.p50Ms()));
    object.add("p99_ms", Json.ms(sample.p99Ms()));
    object.addProperty("others_ms", sample.disturbance().othersMs());
    return object;
  }

  private static JsonObject site(HandleSite site) {
    JsonObject object = new JsonObject();
    object.addProperty("kind", site.kind());
    object.addProperty("count", site.count());
    object.add(
        "frames", Json.texts(site.frames().stream().map(StackTraceElement::toString).toList()));
    return object;
  }
}
