package io.github.narthex.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.narthex.Version;
import io.github.narthex.bench.ModelSource;
import io.github.narthex.bundle.Bundles;
import io.github.narthex.bundle.Configuration.Run;
import io.github.narthex.check.Group;
import io.github.narthex.check.Item;
import io.github.narthex.check.Place;
import io.github.narthex.check.Review;
import io.github.narthex.check.Subject;
import io.github.narthex.optimize.OptimizeResult;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckReportTest {
  private static final Review REVIEW =
      new Review(
          "m.pt",
          List.of(
              new Group(
                  "model",
                  List.of(
                      new Item("mode", Item.State.MET, "yes", ""),
                      new Item("trained weights", Item.State.NOT_MET, "random", "train them"))),
              new Group(
                  "inputs",
                  List.of(
                      new Item(
                          "shapes",
                          Item.State.UNKNOWN,
                          "a rather long sentence about what was found, so that it needs more"
                              + " than one line of text",
                          "say them")))));

  @Test
  void table() {
    assertEquals(
        """
        model
          met      mode             yes
          not-met  trained weights  random
                                    -> train them
        inputs
          unknown  shapes           a rather long sentence about what was found, so that it needs more than
                                    one line of text
                                    -> say them

        m.pt: 1 met, 1 not met, 1 cannot be known from here.
        """,
        CheckTable.text(REVIEW));
    CheckTable.text(REVIEW).lines().forEach(line -> assertTrue(line.length() <= 100, line));
  }

  @Test
  void json() {
    assertEquals(
        JsonParser.parseString(
            """
            {"schema": "narthex.check/1", "narthex": "%s", "model": "m.pt",
             "met": 1, "not_met": 1, "unknown": 1, "checks": [
              {"section": "model", "name": "mode", "status": "met", "found": "yes", "advice": null},
              {"section": "model", "name": "trained weights", "status": "not-met",
               "found": "random", "advice": "train them"},
              {"section": "inputs", "name": "shapes", "status": "unknown",
               "found": "a rather long sentence about what was found, so that it needs more than one line of text",
               "advice": "say them"}]}
            """
                .formatted(Version.NARTHEX)),
        CheckJson.of(REVIEW));
  }

  /** What optimize writes is what check reads. */
  @Test
  void evidenceOfOptimize(@TempDir Path folder) throws IOException {
    OptimizeResult result = OptimizeExamples.result();
    String recipe = result.chosenTrial().orElseThrow().candidate().recipe();
    Path bundle = Bundles.mlp(folder.resolve("b"), recipe, Run.UNSET);
    JsonObject document = OptimizeJson.of(result);
    Files.writeString(bundle.resolve("evidence.json"), Json.text(document));
    try (Arena arena = Arena.ofConfined()) {
      Subject subject =
          Subject.of(
              bundle.toString(),
              ModelSource.of(arena, bundle.toString(), 0),
              List.of(),
              Place.here());
      var evidence = subject.evidence().orElseThrow(() -> new AssertionError(subject.noEvidence()));
      assertEquals(recipe, evidence.recipe().toString());
      assertEquals(
          result.chosenTrial().orElseThrow().p50Ms(), evidence.timing().percentilesMs().get(50));
      assertEquals(result.environment().cpu(), evidence.taken().cpu());
      assertEquals(
          result.chosenTrial().orElseThrow().measurement().peakRssBytes(), evidence.peakBytes());
    }
  }
}
