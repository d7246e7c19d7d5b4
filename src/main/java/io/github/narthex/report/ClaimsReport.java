package io.github.narthex.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.github.narthex.bench.BenchResult;
import io.github.narthex.bench.SpeedUp;
import io.github.narthex.report.Finding.Verdict;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** All claims beside what was measured, as text and as JSON. */
public final class ClaimsReport {
  /** Says which fields the JSON has. */
  public static final String SCHEMA = "narthex.claims/1";

  private static final int WIDTH = BenchTable.WIDTH;
  private static final List<String> HEADER =
      List.of("claim", "promised", "measured [95 %]", "verdict", "recipe");

  private final Here here;
  private final List<Finding> findings;

  /** Compares them. */
  public ClaimsReport(Here here) {
    this.here = here;
    this.findings = Claim.ALL.stream().map(claim -> Finding.of(claim, here)).toList();
  }

  /** What became of each claim, in their order. */
  List<Finding> findings() {
    return findings;
  }

  /** The text, with a line end. */
  public String text() {
    BenchResult result = here.result();
    List<String> lines = new ArrayList<>();
    lines.add(Wrap.labelled("", BenchTable.title(result), WIDTH));
    lines.add("");
    lines.addAll(table());
    lines.add("");
    lines.addAll(BenchTable.environment(result));
    Wrap.addNotes(lines, notes(), WIDTH);
    lines.add("");
    lines.add(summary());
    return String.join("\n", lines) + "\n";
  }

  private List<String> notes() {
    List<String> notes = BenchTable.notes(here.result());
    Set<String> recipes = new LinkedHashSet<>();
    findings.forEach(finding -> recipes.add(Objects.requireNonNullElse(finding.recipe(), "")));
    for (String recipe : recipes) {
      here.row(recipe).stream()
          .flatMap(row -> row.notes().stream())
          .forEach(note -> notes.add(recipe + ": " + note));
    }
    return notes;
  }

  private List<String> table() {
    TextTable table = new TextTable(WIDTH, HEADER, List.of(1, 2, 3, 4));
    for (Finding finding : findings) {
      Claim claim = finding.claim();
      table.row(
          List.of(
              claim.name(),
              claim.promise().text(),
              Figures.speedUp(finding.measured()),
              finding.verdict().toString(),
              Objects.requireNonNullElse(finding.recipe(), Figures.NONE)));
      note(table, finding.measured() == null ? null : claim.standIn());
      note(table, finding.reason());
    }
    return table.lines();
  }

  private static void note(TextTable table, @Nullable String text) {
    if (text != null) {
      table.note("", text);
    }
  }

  private String summary() {
    long measured = findings.size() - count(Verdict.NOT_MEASURED);
    return "%d of %d figures were measured: %d hold; of those that differ, %d are less, %d more, %d inaccurate."
        .formatted(
            measured,
            findings.size(),
            count(Verdict.HOLDS),
            count(Verdict.LESS),
            count(Verdict.MORE),
            count(Verdict.INACCURATE));
  }

  private long count(Verdict verdict) {
    return findings.stream().filter(finding -> finding.verdict() == verdict).count();
  }

  /** The document. */
  public JsonObject json() {
    JsonObject document = Json.document(SCHEMA);
    JsonArray claims = new JsonArray();
    findings.forEach(finding -> claims.add(json(finding)));
    document.add("claims", claims);
    document.add("sizes", sizes());
    document.add("evidence", BenchJson.of(here.result()));
    return document;
  }

  private static JsonObject json(Finding finding) {
    Claim claim = finding.claim();
    SpeedUp measured = finding.measured();
    JsonObject object = new JsonObject();
    object.addProperty("claim", claim.name());
    JsonObject promised = new JsonObject();
    promised.addProperty("text", claim.promise().text());
    promised.add("low", Json.number(claim.promise().low()));
    promised.add("high", Json.number(claim.promise().high()));
    object.add("promised", promised);
    object.addProperty("verdict", finding.verdict().word());
    object.add("recipe", Json.text(finding.recipe()));
    object.add("ratio", Json.number(measured == null ? null : measured.ratio()));
    object.add("ratio_ci", BenchJson.interval(measured == null ? null : measured.interval()));
    object.add("stands_in", Json.text(claim.standIn()));
    object.add("reason", Json.text(finding.reason()));
    return object;
  }

  private JsonElement sizes() {
    Here.Sizes sizes = here.sizes();
    if (sizes == null) {
      return JsonNull.INSTANCE;
    }
    JsonObject object = new JsonObject();
    object.addProperty("recipe", sizes.recipe());
    object.add("before", sizes.before().json());
    object.add("after", sizes.after().json());
    return object;
  }
}
