package io.github.narthex.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.narthex.InputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DocumentReaderTest {
  @TempDir Path directory;

  private Document read(String text) {
    return DocumentReader.read(WrittenResults.write(directory.resolve("a.json"), text));
  }

  private void assertRefused(String message, String text) {
    String shown = assertThrows(InputException.class, () -> read(text)).getMessage() + "";
    assertEquals(message, shown.replace(directory + "/", ""));
  }

  private static WrittenResults whole() {
    return WrittenResults.of(1).row("eager", 10).fallen("bf16", "crashed", "SIGSEGV");
  }

  @Test
  void aDocumentOfBench() {
    Document document = read(whole().document().toString());

    assertEquals("2026-11-21T02:00:00Z", document.time());
    assertEquals("Some CPU", document.machine().get("cpu"));
    assertEquals("2.15.0", document.conditions().get("libtorch"));
    assertEquals("m", document.conditions().get("model name"));
    assertEquals("stable", document.stability());
    Row eager = document.rows().getFirst();
    assertEquals(new Row.Key("eager", "", 1, 2, 1, "cpu"), eager.key());
    assertEquals(10, eager.values().getOrDefault(Metric.P50, 0.0), 0.5);
    assertEquals(4e8, eager.values().get(Metric.PEAK));
    assertEquals(12, eager.turns().size());
    assertEquals(60, eager.turns().getFirst().sortedMs().length);
    Row fallen = document.rows().getLast();
    assertFalse(fallen.isMeasured());
    assertEquals("crashed: SIGSEGV", fallen.outcome());
  }

  @Test
  void aDocumentInsideAnother() {
    JsonObject outer = new JsonObject();
    outer.addProperty("schema", "narthex.recipe/1");
    outer.add("evidence", whole().document());
    assertEquals(2, read(outer.toString()).rows().size());
    outer.remove("evidence");
    assertRefused("a.json has no evidence of narthex.bench/1 inside", outer.toString());
  }

  /** As a search has them: a candidate, and what was measured of it. */
  @Test
  void rowsThatWrapWhatWasMeasured() {
    JsonObject row = whole().document().getAsJsonArray("results").get(0).getAsJsonObject();
    JsonObject trial = new JsonObject();
    trial.add(
        "candidate",
        JsonParser.parseString(
            "{\"recipe\":\"freeze\",\"batch\":8,\"threads\":1,\"instances\":4}"));
    trial.add("measurement", row);
    JsonArray trials = new JsonArray();
    trials.add(trial);
    JsonObject document = new JsonObject();
    document.addProperty("schema", "narthex.optimize/1");
    document.add("trials", trials);

    Row read = read(document.toString()).rows().getFirst();
    assertEquals(new Row.Key("freeze", "", 8, 1, 4, "cpu"), read.key());
    assertTrue(read.isMeasured());
  }

  @Test
  void whatATerminalWouldObeyIsGone() {
    WrittenResults files = whole();
    files.row().addProperty("reason", "\u001b[2Jgone");
    assertEquals("?[2Jgone", read(files.document().toString()).rows().getLast().reason());
  }

  @Test
  void noJson() throws Exception {
    assertRefused("a.json ends too early: it was not written to its end", "");
    String text = whole().document().toString();
    assertRefused(
        "a.json ends too early: it was not written to its end",
        text.substring(0, text.length() / 2));
    assertRefused("a.json is not JSON: see line 2, column 2", text + "\n{}");
    assertRefused("a.json is not a result of narthex: it is JSON, but no object", "[1, 2]");
    assertRefused("a.json is not JSON: see line 1, column 1", "recipe,p50\neager,3\n");
    Path latin = directory.resolve("latin");
    Files.write(latin, "{\"é\":1}".getBytes(StandardCharsets.ISO_8859_1));
    assertEquals(
        latin + " is not JSON: it is not text in UTF-8",
        assertThrows(InputException.class, () -> DocumentReader.read(latin.toString()))
            .getMessage());
  }

  @Test
  void noResult() {
    assertRefused(
        "a.json is not a result of narthex: it does not say which schema it follows", "{}");
    assertRefused(
        "a.json is narthex.run/1, which can't be compared; expected a result of narthex bench"
            + " (narthex.bench/1 or narthex.sweep/1)",
        "{\"schema\":\"narthex.run/1\"}");
    assertRefused("a.json has no results", "{\"schema\":\"narthex.bench/1\"}");
    assertThrows(
        InputException.class, () -> DocumentReader.read(directory.resolve("none").toString()));
    assertEquals(
        directory + " is a directory, where a result of narthex was expected",
        assertThrows(InputException.class, () -> DocumentReader.read(directory.toString()))
            .getMessage());
  }

  @Test
  void fieldsOfTheWrongKind() {
    WrittenResults files = whole();
    files.row().getAsJsonObject("latency_ms").addProperty("p50", "fast");
    assertRefused(
        "a.json: results[1].latency_ms.p50 is \"fast\", a number was expected",
        files.document().toString());
    files = whole();
    files.row().add("latency_ms", new JsonArray());
    assertRefused(
        "a.json: results[1].latency_ms is [], an object was expected", files.document().toString());
    files = whole();
    files.row().remove("recipe");
    assertRefused("a.json: results[1] has no recipe", files.document().toString());
    files = whole();
    files.document().addProperty("results", 3);
    assertRefused("a.json: results is 3, an array was expected", files.document().toString());
    files = WrittenResults.of(1).row("eager", 3);
    files.row().getAsJsonArray("samples_ms").remove(3);
    assertRefused(
        "a.json: results[0] has 12 turns, but samples of 11", files.document().toString());
  }
}
