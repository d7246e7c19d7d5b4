package io.github.narthex.check;

import io.github.narthex.InputException;
import io.github.narthex.bundle.BundleSpec.Proven;
import io.github.narthex.check.Evidence.Answers;
import io.github.narthex.check.Evidence.Timing;
import io.github.narthex.compare.Fields;
import io.github.narthex.strategy.Recipe;
import io.github.narthex.strategy.Threads;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads what {@code narthex optimize} and {@code narthex bench} have written of a recipe. */
final class EvidenceReader {
  private static final String OPTIMIZE = "narthex.optimize/1";
  private static final String BENCH = "narthex.bench/1";
  private static final List<Integer> PERCENTILES = List.of(50, 90, 95, 99);

  private EvidenceReader() {}

  /**
   * Reads it.
   *
   * @param recipe what the model holds
   * @throws InputException if the document is of another kind, or about other recipes
   */
  static Evidence read(Fields document, Recipe recipe) {
    String schema = document.text("schema", "");
    Fields row =
        switch (schema) {
          case OPTIMIZE -> chosen(document);
          case BENCH -> row(document, recipe);
          default ->
              throw wrong(
                  document, "expected %s or %s, found '%s'".formatted(OPTIMIZE, BENCH, schema));
        };
    Recipe measured = recipe(row);
    if (!measured.equals(recipe)) {
      throw wrong(
          document, "what was measured is %s, and the model holds %s".formatted(measured, recipe));
    }
    Fields task = document.fields(schema.equals(OPTIMIZE) ? "task" : "workload");
    Fields data = (schema.equals(BENCH) && task != null ? task : document).fields("data");
    Fields model = document.fields("model");
    return new Evidence(
        measured,
        threads(row),
        taken(document),
        model != null && "true".equals(model.any("random_weights")),
        answers(row, data, task == null ? null : task.number("max_error")),
        timing(row),
        whole(row.number("peak_rss_bytes")));
  }

  private static Fields chosen(Fields document) {
    List<Fields> trials = document.list("trials");
    long chosen = document.whole("chosen", -1);
    if (chosen < 0 || chosen >= trials.size()) {
      throw wrong(document, "no trial is the chosen one");
    }
    return trials.get((int) chosen);
  }

  private static Fields row(Fields document, Recipe recipe) {
    return document.list("results").stream()
        .filter(row -> recipe(row).equals(recipe))
        .findFirst()
        .orElseThrow(() -> wrong(document, recipe + " was not measured"));
  }

  private static Recipe recipe(Fields row) {
    try {
      return Recipe.parse(row.text("recipe", ""));
    } catch (IllegalArgumentException e) {
      throw wrong(row, String.valueOf(e.getMessage()));
    }
  }

  private static Threads threads(Fields row) {
    try {
      return new Threads(
          Math.toIntExact(row.whole("threads", 1)), Math.toIntExact(row.whole("instances", 1)));
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw wrong(row, String.valueOf(e.getMessage()));
    }
  }

  private static Proven taken(Fields document) {
    Fields environment = document.fields("environment");
    if (environment == null) {
      throw wrong(document, "it does not say where it was measured");
    }
    return new Proven(
        environment.text("cpu", "?"),
        environment.texts("isa"),
        null,
        environment.text("libtorch", "?"),
        environment.text("narthex", "?"),
        environment.text("time", "?"));
  }

  private static Answers answers(Fields row, @Nullable Fields data, @Nullable Double maxError) {
    Fields accuracy = row.fields("accuracy");
    return accuracy == null
        ? new Answers(0, false, null, null, maxError, null)
        : new Answers(
            accuracy.whole("inputs", 0),
            data != null,
            accuracy.number("max_rel"),
            accuracy.number("argmax_agreement"),
            maxError,
            accuracy.number("top1"));
  }

  private static Timing timing(Fields row) {
    Map<Integer, Double> known = new TreeMap<>();
    Fields latency = row.fields("latency_ms");
    for (int percentile : PERCENTILES) {
      Double ms = latency == null ? null : latency.number("p" + percentile);
      if (ms != null) {
        known.put(percentile, ms);
      }
    }
    Fields stability = row.fields("stability");
    return new Timing(
        row.whole("samples", 0), known, row.number("throughput_per_s"), doubts(stability));
  }

  private static List<String> doubts(@Nullable Fields stability) {
    if (stability == null) {
      return List.of("nobody looked whether they are");
    }
    if (stability.text("verdict", "").equals("stable")) {
      return List.of();
    }
    List<String> reasons = stability.texts("reasons");
    return reasons.isEmpty() ? List.of("there are too few turns to tell") : reasons;
  }

  private static InputException wrong(Fields at, String what) {
    return new InputException("%s: %s".formatted(at.where().replaceFirst(": $", ""), what));
  }

  private static @Nullable Long whole(@Nullable Double number) {
    return number == null ? null : (Long) number.longValue();
  }
}
