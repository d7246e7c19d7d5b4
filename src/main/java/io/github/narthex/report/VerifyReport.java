package io.github.narthex.report;

import com.google.gson.JsonObject;
import io.github.narthex.bench.Accuracy;
import io.github.narthex.bench.Interval;
import io.github.narthex.bench.Latency;
import io.github.narthex.bench.ModelInfo;
import io.github.narthex.bench.VerifyResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Whether two models agree and how fast they are, as text and as JSON. */
public final class VerifyReport {
  /** Says which fields a document has. A new field leaves it as it is. */
  public static final String SCHEMA = "narthex.verify/1";

  private static final int WIDTH = BenchTable.WIDTH;

  private VerifyReport() {}

  /** The whole text, with a line end. */
  public static String text(VerifyResult result) {
    List<String> lines = new ArrayList<>();
    lines.add(Wrap.labelled("reference  ", model(result.reference()), WIDTH));
    String on = result.task().device().isCpu() ? "" : " on " + result.task().device();
    lines.add(Wrap.labelled("candidate  ", model(result.candidate()) + on, WIDTH));
    lines.add(
        Wrap.labelled(
            "inputs     ",
            "%s; answers compared over %d"
                .formatted(String.join(" ", result.inputs()), result.accuracy().inputs()),
            WIDTH));
    lines.add("");
    Accuracy accuracy = result.accuracy();
    if (accuracy.mismatch().isEmpty()) {
      lines.addAll(errors(accuracy));
      lines.add("");
    }
    lines.addAll(times(result));
    lines.add("");
    lines.addAll(BenchTable.environment(result.environment(), result.environment().time()));
    lines.add("");
    lines.add(Wrap.labelled("", verdict(result), WIDTH));
    return String.join("\n", lines) + "\n";
  }

  private static String model(ModelInfo model) {
    return "%s (%s%s)"
        .formatted(model.name(), model.format(), Caption.loaded(model.packageOptions()));
  }

  private static List<String> errors(Accuracy accuracy) {
    TextTable table =
        new TextTable(
            WIDTH,
            List.of("output", "max abs", "max rel", "mean abs", "cosine", "argmax", "signal"),
            List.of());
    List<Accuracy> outputs = accuracy.outputs();
    for (int i = 0; i < outputs.size(); i++) {
      table.row(row(Integer.toString(i), outputs.get(i)));
    }
    table.row(row(outputs.isEmpty() ? "0" : "worst", accuracy));
    return table.lines();
  }

  private static List<String> row(String name, Accuracy accuracy) {
    return List.of(
        name,
        number(accuracy.maxAbs()),
        number(accuracy.maxRel()),
        number(accuracy.meanAbs()),
        number(accuracy.cosine()),
        share(accuracy.argmaxAgreement()),
        number(accuracy.signalError()));
  }

  private static String number(double value) {
    return Double.isNaN(value) ? Figures.NONE : String.format(Locale.ROOT, "%.3g", value);
  }

  private static String share(double value) {
    return Double.isNaN(value) ? Figures.NONE : Figures.percent(value);
  }

  private static List<String> times(VerifyResult result) {
    TextTable table =
        new TextTable(WIDTH, List.of("", "p50", "p90", "mean", "speed-up [95 %]"), List.of(4));
    table.row(List.of("", "ms", "ms", "ms", ""));
    table.row(row("reference", result.referenceLatency(), Figures.NONE));
    table.row(row("candidate", result.candidateLatency(), Figures.speedUp(result.speedUp())));
    return table.lines();
  }

  private static List<String> row(String name, Latency latency, String speedUp) {
    return List.of(
        name,
        Figures.ms(latency.p50Ms()),
        Figures.ms(latency.p90Ms()),
        Figures.ms(latency.meanMs()),
        speedUp);
  }

  private static String verdict(VerifyResult result) {
    Accuracy accuracy = result.accuracy();
    String limit = Figures.percent(result.task().maxError());
    String agreement =
        accuracy
            .mismatch()
            .map(reason -> "The answers can't be compared: " + reason + ".")
            .orElseGet(
                () ->
                    "The answers %s: off by %s of the largest value, the limit is %s."
                        .formatted(
                            result.agrees() ? "agree" : "differ",
                            Figures.percent(accuracy.maxRel()),
                            limit));
    return agreement + " " + speed(result);
  }

  private static String speed(VerifyResult result) {
    Interval interval = result.speedUp().interval();
    if (interval == null || (interval.low() <= 1 && interval.high() >= 1)) {
      return "Neither is measurably faster.";
    }
    return interval.low() > 1 ? "The candidate is faster." : "The candidate is slower.";
  }

  /** The document. */
  public static JsonObject json(VerifyResult result) {
    JsonObject document = Json.document(SCHEMA);
    document.add("environment", BenchJson.environment(result.environment()));
    document.add("reference", BenchJson.model(result.reference()));
    document.add("candidate", BenchJson.model(result.candidate()));
    document.add("inputs", Json.texts(result.inputs()));
    document.addProperty("device", result.task().device().toString());
    document.addProperty("threads", result.task().threads());
    document.addProperty("max_error", result.task().maxError());
    document.addProperty("agrees", result.agrees());
    document.add("accuracy", BenchJson.accuracy(result.accuracy()));
    document.add("reference_latency_ms", BenchJson.latency(result.referenceLatency()));
    document.add("candidate_latency_ms", BenchJson.latency(result.candidateLatency()));
    document.addProperty("speedup", result.speedUp().ratio());
    document.add("speedup_ci", BenchJson.interval(result.speedUp().interval()));
    return document;
  }
}
