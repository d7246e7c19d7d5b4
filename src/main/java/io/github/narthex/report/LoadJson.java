package io.github.narthex.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.github.narthex.bench.LoadMode;
import io.github.narthex.bench.LoadResult;
import io.github.narthex.bench.LoadRow;
import io.github.narthex.bench.LoadTask;
import io.github.narthex.load.Arrivals;
import io.github.narthex.load.Distribution;
import io.github.narthex.load.Outcome;
import io.github.narthex.load.Percentile;
import io.github.narthex.load.Plan;
import io.github.narthex.load.RateSearch;
import io.github.narthex.load.Slo;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What came of loading a model as JSON. Every field is always there; what is unknown is null. */
public final class LoadJson {
  /** Says which fields a document has. A new field leaves it as it is. */
  public static final String SCHEMA = "narthex.load/1";

  private static final double NANOS_PER_S = 1e9;
  private static final double NANOS_PER_MS = 1e6;

  private LoadJson() {}

  /** The document. */
  public static JsonObject of(LoadResult result) {
    JsonObject document = Json.document(SCHEMA);
    document.add("environment", BenchJson.environment(result.environment()));
    document.add("model", BenchJson.model(result.model()));
    document.add("workload", workload(result));
    document.add("notes", Json.texts(result.notes()));
    document.addProperty("steady", result.steady());
    document.add(
        "peak_rss_bytes", Json.number(result.peakRssBytes() == 0 ? null : result.peakRssBytes()));
    JsonArray rows = new JsonArray();
    result.rows().forEach(row -> rows.add(row(row, result)));
    document.add("results", rows);
    document.add("found", found(result.found()));
    document.addProperty("advice", result.verdict());
    return document;
  }

  private static JsonObject workload(LoadResult result) {
    LoadTask task = result.task();
    JsonObject object = new JsonObject();
    object.add("inputs", Json.texts(result.inputs()));
    object.addProperty("batch", result.batch());
    object.addProperty("recipe", task.recipe());
    object.addProperty("threads", result.threads().intra());
    object.addProperty("instances", result.threads().instances());
    object.addProperty("device", task.device());
    object.addProperty("seed", task.seed());
    object.addProperty("mode", task.mode().toString());
    object.add("arrivals", Json.text(arrivals(task.mode())));
    object.add("slo", slo(task.slo()));
    object.add(
        "duration_s",
        Json.number(task.duration().isZero() ? null : task.duration().toNanos() / NANOS_PER_S));
    object.addProperty("samples", result.samples());
    object.add("data", BenchJson.data(result.data().orElse(null)));
    return object;
  }

  private static @Nullable String arrivals(LoadMode mode) {
    Arrivals arrivals =
        switch (mode) {
          case LoadMode.Open open -> open.arrivals();
          case LoadMode.Search search -> search.arrivals();
          default -> null;
        };
    return arrivals == null ? null : arrivals.toString();
  }

  private static JsonElement slo(@Nullable Slo slo) {
    if (slo == null) {
      return JsonNull.INSTANCE;
    }
    JsonObject object = new JsonObject();
    object.addProperty("percentile", slo.percentile().toString());
    object.add("bound_ms", Json.number(slo.boundMs()));
    return object;
  }

  private static JsonObject row(LoadRow row, LoadResult result) {
    Outcome any = row.outcome();
    // What only requests that come by themselves have.
    Outcome open = row.plan() instanceof Plan.Open ? any : null;
    Outcome alone = row.plan() instanceof Plan.Queries ? null : any;
    JsonObject object = new JsonObject();
    object.addProperty("load", row.name());
    plan(object, row.plan());
    object.addProperty("status", row.status().toString());
    object.add("reason", Json.text(row.reason()));
    object.add("offered_per_s", number(open, Outcome::offeredPerS));
    object.add("achieved_per_s", number(any, Outcome::achievedPerS));
    object.add("items_per_s", number(any, outcome -> outcome.achievedPerS() * result.batch()));
    object.add("requests", number(any, Outcome::asked));
    object.add("answered", number(any, outcome -> outcome.latency().count()));
    object.add("errors", number(any, Outcome::errors));
    object.add("first_error", Json.text(any == null ? null : any.firstError()));
    object.add("unanswered", number(any, outcome -> outcome.unanswered().count()));
    object.add("backlog", number(open, Outcome::backlog));
    Boolean overloaded = open == null ? null : open.overloaded();
    object.addProperty("overloaded", overloaded);
    object.addProperty("keeps_slo", kept(result.task().slo(), any));
    object.add("latency_ms", ms(any == null ? Distribution.NONE : any.latencyOfAll()));
    object.add("service_ms", ms(any == null ? Distribution.NONE : any.service()));
    object.add("mean_wait_ms", Json.ms(alone == null ? null : alone.meanWaitMs()));
    object.add("generator_late_ms", late(any));
    object.add("busy", number(any, Outcome::busy));
    object.add("elapsed_s", number(any, outcome -> outcome.elapsedNanos() / NANOS_PER_S));
    object.add("disturbance", BenchJson.disturbance(any == null ? null : row.disturbance()));
    return object;
  }

  private static JsonElement number(@Nullable Outcome outcome, Function<Outcome, Number> figure) {
    return Json.number(outcome == null ? null : figure.apply(outcome));
  }

  /** Null where there is nothing to keep, or too little to say. */
  private static @Nullable Boolean kept(@Nullable Slo slo, @Nullable Outcome outcome) {
    if (slo == null || outcome == null || !slo.isKnown(outcome)) {
      return null;
    }
    return slo.isKept(outcome);
  }

  private static void plan(JsonObject object, Plan plan) {
    object.add(
        "callers", Json.number(plan instanceof Plan.Closed closed ? closed.callers() : null));
    Plan.Open open = plan instanceof Plan.Open given ? given : null;
    object.add("rate_per_s", Json.number(open == null ? null : open.perS()));
    object.add("seed", Json.number(open == null ? null : open.seed()));
    object.add(
        "samples_per_query",
        Json.number(plan instanceof Plan.Queries queries ? queries.samples() : null));
    object.addProperty("duration_s", plan.durationNanos() / NANOS_PER_S);
  }

  /** Latencies in milliseconds; percentiles only where there are enough. */
  private static JsonObject ms(Distribution distribution) {
    boolean any = distribution.count() > 0;
    JsonObject object = new JsonObject();
    object.add("min", Json.ms(any ? distribution.minMs() : null));
    object.add("mean", Json.ms(distribution.meanMs()));
    object.add("p50", Json.ms(distribution.ms(Percentile.P50)));
    object.add("p90", Json.ms(distribution.ms(Percentile.P90)));
    object.add("p95", Json.ms(distribution.ms(Percentile.P95)));
    object.add("p99", Json.ms(distribution.ms(Percentile.P99)));
    object.add("max", Json.ms(any ? distribution.maxMs() : null));
    return object;
  }

  private static JsonElement late(@Nullable Outcome outcome) {
    if (outcome == null || outcome.lateness().count() == 0) {
      return JsonNull.INSTANCE;
    }
    Distribution lateness = outcome.lateness();
    JsonObject object = new JsonObject();
    object.addProperty("requests", lateness.count());
    object.add("p50", Json.ms(lateness.quantile(Percentile.P50.fraction()) / NANOS_PER_MS));
    object.add("p99", Json.ms(lateness.quantile(Percentile.P99.fraction()) / NANOS_PER_MS));
    object.add("max", Json.ms(lateness.maxMs()));
    return object;
  }

  private static JsonElement found(Optional<RateSearch.Found> result) {
    if (result.isEmpty()) {
      return JsonNull.INSTANCE;
    }
    RateSearch.Found found = result.get();
    JsonObject object = new JsonObject();
    object.add("rate_per_s", Json.number(found.isPossible() ? found.perS() : null));
    object.add(
        "too_many_per_s", Json.number(found.tooManyPerS() == 0 ? null : found.tooManyPerS()));
    object.addProperty("capacity_per_s", found.capacityPerS());
    object.add("latency_ms", ms(found.atBest().latencyOfAll()));
    object.add("latency_alone_ms", ms(found.alone().latencyOfAll()));
    return object;
  }
}
