package io.github.narthex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.github.narthex.compare.WrittenResults;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code narthex compare}, which needs no libtorch. */
class CompareTest {
  @TempDir Path directory;

  private Ran compare(WrittenResults before, WrittenResults after, String... options) {
    List<String> words = new ArrayList<>(List.of("compare"));
    words.add(before.write(directory.resolve("a.json")));
    words.add(after.write(directory.resolve("b.json")));
    words.addAll(List.of(options));
    return Ran.run(words.toArray(String[]::new));
  }

  private static WrittenResults before() {
    return WrittenResults.of(1).row("eager", 20).row("freeze", 10);
  }

  private static WrittenResults slower() {
    return WrittenResults.of(2).row("eager", 20).row("freeze", 11);
  }

  @Test
  void theTable() {
    Ran ran = compare(before(), slower());

    assertEquals(0, ran.code(), ran.err());
    assertEquals("", ran.err());
    List<String> lines = ran.out().lines().toList();
    assertTrue(lines.get(0).endsWith("a.json, 2026-11-21T02:00:00Z, stable"), ran.out());
    assertTrue(lines.get(3).matches("recipe +before +after  ratio \\[95 %]"), ran.out());
    assertTrue(
        ran.out()
            .lines()
            .anyMatch(
                line ->
                    line.matches(
                        "freeze  p50, ms +10\\.\\d+ +11\\.\\d+  1\\.\\d+x \\[1\\.\\d+, 1\\.\\d+]"
                            + "  slower")),
        ran.out());
    assertTrue(ran.out().contains("        peak, MB      400    400  1.00x\n"), ran.out());
    assertTrue(
        ran.out().endsWith("\nBy p50, of 2 rows: 1 slower (freeze), 1 the same.\n"), ran.out());
    lines.forEach(line -> assertTrue(line.length() <= 120, line));
  }

  @Test
  void aBrokenRuleHasItsOwnCode() {
    Ran ran = compare(before(), slower(), "--fail-if", "p50>+5%", "--fail-if=throughput<-50%");

    assertEquals(9, ran.code());
    assertEquals("narthex: a rule is broken: p50>+5%\n", ran.err());
    assertTrue(ran.out().contains("\nBROKEN  p50>+5%: freeze: 10."), ran.out());
    assertTrue(ran.out().contains("\nholds   throughput<-50%\n"), ran.out());
    assertEquals(0, compare(before(), slower(), "--fail-if", "eager:p50>+5%").code());
    assertEquals(9, compare(before(), slower(), "--fail-if", "freeze:p50>+5%").code());
    assertEquals(0, compare(before(), slower(), "--fail-if", "p50>+20%").code());
    Ran two = compare(before(), slower(), "--fail-if", "p50>+5%", "--fail-if", "peak>1MB");
    assertEquals("narthex: 2 rules are broken: p50>+5%, peak>1MB\n", two.err());
  }

  /** A run that is too noisy to tell does not fail, unless figures alone shall decide. */
  @Test
  void noiseBreaksNoRule() {
    WrittenResults before = WrittenResults.of(1).noise(0.3).row("eager", 20);
    WrittenResults after = WrittenResults.of(5).noise(0.3).row("eager", 23);
    Ran ran = compare(before, after, "--fail-if", "p99>+5%");
    assertEquals(0, ran.code(), ran.out());
    assertTrue(ran.out().contains("\nnoise   p99>+5%: eager: "), ran.out());
    assertEquals(9, compare(before, after, "--fail-if", "p99>+5%", "--strict").code());
    // That it is faster must be so for certain.
    assertEquals(9, compare(before, after, "--fail-if", "p50>-5%").code());
  }

  @Test
  void whatDisturbedARunBreaksNoRule() {
    WrittenResults disturbed = slower();
    disturbed.document().getAsJsonObject("stability").addProperty("taken", 0.2);
    assertEquals(0, compare(before(), disturbed, "--fail-if", "p50>+5%").code());
    assertEquals(9, compare(before(), disturbed, "--fail-if", "p50>+5%", "--strict").code());
  }

  @Test
  void limitsOfFiguresAreAboutTheSecondFile() {
    assertEquals(9, compare(before(), slower(), "--fail-if", "freeze:p50>10.6ms").code());
    assertEquals(0, compare(slower(), before(), "--fail-if", "freeze:p50>10.6ms").code());
    assertEquals(9, compare(before(), slower(), "--fail-if", "max_rel>0.5%").code());
    assertEquals(0, compare(before(), slower(), "--fail-if", "max_rel>1%").code());
  }

  @Test
  void aRowThatDoesNotRunAnyMoreBreaksEveryRule() {
    WrittenResults fallen =
        WrittenResults.of(2).row("eager", 20).fallen("freeze", "crashed", "SIGSEGV");
    Ran ran = compare(before(), fallen, "--fail-if", "peak>1GB");
    assertEquals(9, ran.code());
    assertTrue(
        ran.out().contains("BROKEN  peak>1GB: freeze: ok before, now crashed: SIGSEGV"), ran.out());
    assertTrue(ran.out().contains("freeze  ok before; crashed: SIGSEGV after\n"), ran.out());
    assertEquals(0, compare(fallen, before(), "--fail-if", "peak>1GB").code());
    assertEquals(0, compare(fallen, fallen, "--fail-if", "peak>1GB").code());
  }

  @Test
  void whatCanNotBeCheckedIsNotSilent() {
    WrittenResults few = slower();
    few.row().getAsJsonObject("latency_ms").remove("p99");
    few.row().addProperty("samples", 140);
    Ran ran = compare(before(), few, "--fail-if", "p99>+5%");
    assertEquals(3, ran.code());
    assertEquals(
        "narthex: rule p99>+5% can't be checked: "
            + directory.resolve("b.json")
            + " has no p99 of freeze: 140 forwards were timed, 662 are needed\n",
        ran.err());
    Ran only =
        compare(before(), WrittenResults.of(2).row("eager", 20), "--fail-if", "freeze:p50>+5%");
    assertEquals(3, only.code());
    assertTrue(only.err().endsWith("freeze is only in " + directory.resolve("a.json") + "\n"));
  }

  @Test
  void mistakes() {
    Ran unknown = compare(before(), slower(), "--fail-if", "frezee:p50>+5%");
    assertEquals(2, unknown.code());
    assertEquals(
        "narthex: bad rule 'frezee:p50>+5%' of --fail-if: neither file has a row of frezee; did you"
            + " mean freeze? (see narthex compare --help)\n",
        unknown.err());
    assertEquals("", unknown.out());
    assertEquals(2, compare(before(), slower(), "--fail-if", "p98>+5%").code());
    assertEquals(2, compare(before(), slower(), "--json=-", "--markdown=-").code());
    assertEquals(2, Ran.run("compare", "a.json").code());
    Ran missing = Ran.run("compare", "nowhere.json", "b.json");
    assertEquals(3, missing.code());
    assertEquals("narthex: no such file: nowhere.json\n", missing.err());
    Ran different = compare(before(), WrittenResults.of(1).row("bf16", 3));
    assertEquals(3, different.code());
    assertEquals(1, different.err().lines().count());
    assertEquals("", different.out());
  }

  @Test
  void json() {
    Ran ran = compare(before(), slower(), "--json=-", "--fail-if", "p50>+5%");

    JsonObject document = ran.json();
    assertEquals("narthex.compare/1", document.get("schema").getAsString());
    JsonObject freeze = document.getAsJsonArray("rows").get(1).getAsJsonObject();
    assertEquals("freeze", freeze.get("recipe").getAsString());
    JsonObject p50 = freeze.getAsJsonObject("metrics").getAsJsonObject("p50");
    assertEquals("slower", p50.get("change").getAsString());
    double low = p50.getAsJsonArray("ratio_ci").get(0).getAsDouble();
    assertTrue(low > 1 && low < p50.get("ratio").getAsDouble());
    JsonObject first = freeze.getAsJsonObject("metrics").getAsJsonObject("first");
    assertTrue(first.get("ratio_ci").isJsonNull());
    JsonObject rule = document.getAsJsonArray("rules").get(0).getAsJsonObject();
    assertEquals("p50>+5%", rule.get("rule").getAsString());
    assertEquals(1, rule.getAsJsonArray("broken").size());
  }

  /** Whoever opens a pull request can have written what is in its result. */
  @Test
  void markdownIsTextAndNothingElse() throws IOException {
    Path file = directory.resolve("c.md");
    WrittenResults after =
        slower().fallen("x", "failed", "<img src=x> @everyone **b** [l](u) `c` |");
    WrittenResults before = before().row("x", 3);

    Ran ran = compare(before, after, "--markdown=" + file, "--fail-if", "p50>+5%");

    assertEquals(9, ran.code());
    String text = Files.readString(file);
    assertTrue(text.startsWith("### Benchmark: 1 rule is broken\n"), text);
    assertTrue(text.contains("- **BROKEN**  p50>+5%: freeze: 10."), text);
    assertTrue(text.contains("\n| recipe | p50, ms | p99, ms | items/s | peak, MB | p50 is |\n"));
    assertTrue(
        text.lines().anyMatch(line -> line.startsWith("| `freeze` | ") && line.contains(" → ")),
        text);
    assertTrue(text.contains("| **slower** |\n"), text);
    assertTrue(
        text.contains(
            "failed: &lt;img src=x> &#64;everyone \\*\\*b\\*\\* \\[l\\](u) \\`c\\` \\| |"),
        text);
    assertFalse(text.contains("<img"), text);
  }
}
