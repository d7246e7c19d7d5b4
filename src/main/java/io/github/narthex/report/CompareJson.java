package io.github.narthex.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.github.narthex.compare.Change;
import io.github.narthex.compare.Comparison;
import io.github.narthex.compare.Difference;
import io.github.narthex.compare.Document;
import io.github.narthex.compare.Metric;
import io.github.narthex.compare.Pair;
import io.github.narthex.compare.Row;
import io.github.narthex.compare.Rule;
import java.util.List;

/** Two results side by side, as JSON. */
public final class CompareJson {
  /** Says which fields a document has. A new field leaves it as it is. */
  public static final String SCHEMA = "narthex.compare/1";

  private CompareJson() {}

  /** The document. */
  public static JsonObject of(Comparison comparison, List<Rule.Outcome> outcomes) {
    JsonObject document = Json.document(SCHEMA);
    document.add("before", origin(comparison.before()));
    document.add("after", origin(comparison.after()));
    document.add("warnings", Json.texts(comparison.warnings()));
    JsonArray rows = new JsonArray();
    comparison.pairs().forEach(pair -> rows.add(pair(pair)));
    document.add("rows", rows);
    document.add("only_before", keys(comparison.onlyBefore()));
    document.add("only_after", keys(comparison.onlyAfter()));
    JsonArray rules = new JsonArray();
    outcomes.forEach(outcome -> rules.add(rule(outcome)));
    document.add("rules", rules);
    document.addProperty("summary", comparison.summary());
    return document;
  }

  private static JsonObject origin(Document document) {
    JsonObject object = new JsonObject();
    object.addProperty("file", document.file());
    object.addProperty("schema", document.schema());
    object.addProperty("time", document.time());
    object.addProperty("stability", document.stability());
    return object;
  }

  private static JsonObject key(Row row) {
    JsonObject object = new JsonObject();
    object.addProperty("recipe", row.key().recipe());
    object.addProperty("batch", row.key().batch());
    object.addProperty("threads", row.key().threads());
    object.addProperty("instances", row.key().instances());
    object.addProperty("device", row.key().device());
    return object;
  }

  private static JsonArray keys(List<Row> rows) {
    JsonArray array = new JsonArray();
    rows.forEach(row -> array.add(key(row)));
    return array;
  }

  private static JsonObject pair(Pair pair) {
    JsonObject object = key(pair.after());
    object.addProperty("status_before", pair.before().status());
    object.addProperty("status_after", pair.after().status());
    JsonObject metrics = new JsonObject();
    for (Metric metric : Metric.values()) {
      Difference difference = pair.difference(metric);
      JsonObject one = new JsonObject();
      one.add("before", Json.number(difference.before()));
      one.add("after", Json.number(difference.after()));
      one.add("ratio", Json.number(difference.ratio()));
      one.add("ratio_ci", BenchJson.interval(difference.interval()));
      one.add("disturbance", Json.number(difference.disturbance()));
      Change change = difference.change();
      one.add("change", Json.text(change == null ? null : change.toString()));
      metrics.add(metric.toString(), one);
    }
    object.add("metrics", metrics);
    return object;
  }

  private static JsonObject rule(Rule.Outcome outcome) {
    JsonObject object = new JsonObject();
    object.addProperty("rule", outcome.rule().text());
    object.add("broken", Json.texts(outcome.broken()));
    object.add("within_noise", Json.texts(outcome.withinNoise()));
    object.add("unchecked", Json.texts(outcome.unchecked()));
    return object;
  }
}
