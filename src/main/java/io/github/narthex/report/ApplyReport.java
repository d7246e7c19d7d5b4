package io.github.narthex.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.github.narthex.DType;
import io.github.narthex.Rewrite;
import io.github.narthex.Sparsity;
import io.github.narthex.bench.Accuracy;
import io.github.narthex.bench.BenchResult;
import io.github.narthex.bench.Latency;
import io.github.narthex.bench.Measurement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a recipe made of a model file, and how that was proven.
 *
 * @param recipe its text
 * @param source the model that it was applied to
 * @param evidence a benchmark of the recipe against the original
 * @param changes what became of which layer
 * @param before how large the original is
 * @param after how large the result is
 * @param sparsity how many of the result's weights are zero
 */
public record ApplyReport(
    String recipe,
    String source,
    BenchResult evidence,
    List<Rewrite.Change> changes,
    ModelSize before,
    ModelSize after,
    Sparsity sparsity) {
  /** Says which fields the JSON has. */
  public static final String SCHEMA = "narthex.recipe/1";

  /** The name under which the document is saved along with the model. */
  public static final String FILE = "narthex.json";

  private static final int WIDTH = 100;

  /** The lists are copied. */
  public ApplyReport {
    changes = List.copyOf(changes);
  }

  /** The same of what was saved. */
  public ApplyReport savedAs(long fileBytes) {
    return new ApplyReport(
        recipe,
        source,
        evidence,
        changes,
        before,
        new ModelSize(fileBytes, after.weightBytes()),
        sparsity);
  }

  /** The measurement of the recipe. */
  public Measurement result() {
    return evidence.results().getLast();
  }

  private Measurement baseline() {
    return evidence.results().getFirst();
  }

  /** The text, with a line end. */
  public String text(String output) {
    Measurement result = result();
    List<String> lines = new ArrayList<>();
    lines.add("recipe   " + recipe + " applied to " + source);
    lines.addAll(changeLines());
    lines.addAll(SparsityReport.lines("zeros    ", sparsity));
    Accuracy accuracy = result.accuracy();
    if (accuracy != null) {
      lines.add(
          "error    %s over %s inputs; %s are accepted"
              .formatted(
                  Figures.percent(accuracy.maxRel()),
                  Figures.count(accuracy.inputs()),
                  Figures.percent(evidence.workload().maxError())));
    }
    lines.add("speed    " + Figures.speedUp(result.speedUp()) + " of eager");
    result.notes().forEach(note -> lines.add(Wrap.labelled("note     ", note, WIDTH)));
    lines.add("");
    lines.addAll(table());
    lines.add("");
    lines.add("written  " + output);
    return String.join("\n", lines) + "\n";
  }

  /** How many layers became what. */
  private List<String> changeLines() {
    TreeMap<String, Integer> counts = new TreeMap<>();
    for (Rewrite.Change change : changes) {
      counts.merge(change.before() + " -> " + change.after(), 1, Integer::sum);
    }
    List<String> lines = new ArrayList<>();
    String label = "layers   ";
    for (var entry : counts.entrySet()) {
      lines.add(label + entry.getValue() + " x " + entry.getKey());
      label = " ".repeat(label.length());
    }
    return lines;
  }

  private List<String> table() {
    TextTable table = new TextTable(WIDTH, List.of("", "before", "after", "of it"), List.of());
    row(table, "file", before.fileBytes(), after.fileBytes());
    for (DType dtype : ModelSize.dtypes(before, after)) {
      row(
          table,
          "weights, " + dtype,
          before.weightBytes().getOrDefault(dtype, 0L),
          after.weightBytes().getOrDefault(dtype, 0L));
    }
    row(table, "peak memory", baseline().peakRssBytes(), result().peakRssBytes());
    table.row(List.of("p50, ms", p50(baseline()), p50(result()), ""));
    return table.lines();
  }

  private static String p50(Measurement row) {
    Latency latency = row.latency();
    return latency == null ? Figures.NONE : Figures.ms(latency.p50Ms());
  }

  private static void row(
      TextTable table, String name, @Nullable Long before, @Nullable Long after) {
    table.row(
        List.of(
            name,
            before == null ? Figures.NONE : Figures.bytes(before),
            after == null ? Figures.NONE : Figures.bytes(after),
            before == null || after == null || before == 0 || after == 0
                ? ""
                : String.format(Locale.ROOT, "%.2f", (double) after / before)));
  }

  /** The document. */
  public JsonObject json() {
    JsonObject document = Json.document(SCHEMA);
    document.addProperty("recipe", recipe);
    document.addProperty("source", source);
    document.add("before", before.json());
    document.add("after", after.json());
    JsonArray rows = new JsonArray();
    for (Rewrite.Change change : changes) {
      JsonObject row = new JsonObject();
      row.addProperty("layer", change.layer());
      row.addProperty("before", change.before());
      row.addProperty("after", change.after());
      row.addProperty("bytes_before", change.bytesBefore());
      row.addProperty("bytes_after", change.bytesAfter());
      rows.add(row);
    }
    document.add("changes", rows);
    document.add("sparsity", SparsityReport.json(sparsity));
    document.add("evidence", BenchJson.of(evidence));
    return document;
  }
}
