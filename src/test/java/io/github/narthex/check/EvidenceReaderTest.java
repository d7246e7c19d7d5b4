package io.github.narthex.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.narthex.InputException;
import io.github.narthex.compare.Fields;
import io.github.narthex.strategy.Recipe;
import io.github.narthex.strategy.Threads;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EvidenceReaderTest {
  private static final Recipe BF16 = Recipe.parse("freeze+bf16");

  private static Evidence read(JsonObject document) {
    return EvidenceReader.read(new Fields("e.json: ", document), BF16);
  }

  private static void assertRefused(String message, JsonObject document) {
    assertEquals(message, assertThrows(InputException.class, () -> read(document)).getMessage());
  }

  private static MadeEvidence made() {
    return new MadeEvidence();
  }

  @Test
  void ofASearch() {
    Evidence evidence = read(made().threads(2).document());
    assertEquals(BF16, evidence.recipe());
    assertEquals(Threads.of(2), evidence.threads());
    assertEquals("Abacus", evidence.taken().cpu());
    assertEquals(List.of("avx2"), evidence.taken().isa());
    assertFalse(evidence.isOfRandomWeights());
    assertEquals(new Evidence.Answers(200, true, false, 0.0064, 0.995, 0.02), evidence.answers());
    assertEquals(
        new Evidence.Timing(1000, Map.of(50, 4.0, 90, 5.0, 99, 9.5), 250.0, List.of()),
        evidence.timing());
    assertEquals(400_000_000L, evidence.peakBytes());
  }

  @Test
  void ofABench() {
    JsonObject document =
        JsonParser.parseString(
                """
                {"schema": "narthex.bench/1",
                 "environment": {"cpu": "Abacus", "isa": [], "libtorch": "2.15.0"},
                 "workload": {"max_error": 0.03, "data": {"labelled": true}},
                 "results": [{"recipe": "eager"}, {"recipe": "freeze+bf16", "threads": 1,
                   "accuracy": {"inputs": 7, "max_rel": 0.01},
                   "stability": {"verdict": "unknown", "reasons": []}}]}
                """)
            .getAsJsonObject();
    Evidence evidence = read(document);
    assertEquals(new Evidence.Answers(7, true, true, 0.01, null, 0.03), evidence.answers());
    assertEquals(List.of("there are too few turns to tell"), evidence.timing().doubts());
    document.getAsJsonArray("results").remove(1);
    assertRefused("e.json: freeze+bf16 was not measured", document);
  }

  @Test
  void whatWasNotMeasuredIsNotKnown() {
    JsonObject document = made().document();
    JsonObject chosen = document.getAsJsonArray("trials").get(1).getAsJsonObject();
    chosen.remove("accuracy");
    chosen.remove("latency_ms");
    chosen.remove("stability");
    chosen.remove("peak_rss_bytes");
    document.remove("task");
    document.remove("model");
    Evidence evidence = read(document);
    assertEquals(0, evidence.answers().inputs());
    assertTrue(evidence.timing().percentilesMs().isEmpty());
    assertEquals(List.of("nobody looked whether they are"), evidence.timing().doubts());
    assertEquals(null, evidence.peakBytes());
  }

  @Test
  void refused() {
    assertRefused(
        "e.json: what was measured is eager, and the model holds freeze+bf16",
        made().recipe("eager").document());
    JsonObject none = made().document();
    none.addProperty("chosen", 2);
    assertRefused("e.json: no trial is the chosen one", none);
    JsonObject other = made().document();
    other.addProperty("schema", "narthex.load/1");
    assertRefused(
        "e.json: expected narthex.optimize/1 or narthex.bench/1, found 'narthex.load/1'", other);
    JsonObject nowhere = made().document();
    nowhere.remove("environment");
    assertRefused("e.json: it does not say where it was measured", nowhere);
    InputException threads =
        assertThrows(InputException.class, () -> read(made().threads(-1).document()));
    assertTrue(
        String.valueOf(threads.getMessage()).startsWith("e.json: trials[1]: threads must be"),
        threads.getMessage());
  }
}
