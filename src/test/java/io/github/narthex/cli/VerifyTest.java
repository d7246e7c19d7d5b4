package io.github.narthex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.narthex.Fixtures;
import io.github.narthex.models.Builtin;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code narthex verify} with models that agree, differ, or can't be compared. */
class VerifyTest {
  @TempDir private Path directory;

  private static String fixture(String name) {
    return Fixtures.path(name).toString();
  }

  @Test
  void packagesOfOneModelAgree() {
    Ran ran =
        Ran.run(
            "verify",
            fixture("packages/linear_relu.pt2"),
            fixture("packages/plain.pt2"),
            "--count",
            "3",
            "--json",
            "-",
            "--quiet");
    assertEquals(0, ran.code(), ran.err());
    JsonObject document = JsonParser.parseString(ran.out()).getAsJsonObject();
    assertEquals("narthex.verify/1", document.get("schema").getAsString());
    assertTrue(document.get("agrees").getAsBoolean());
    JsonObject accuracy = document.getAsJsonObject("accuracy");
    assertEquals(3, accuracy.get("inputs").getAsInt());
    assertTrue(accuracy.get("max_rel").getAsDouble() < 1e-5, accuracy::toString);
    assertTrue(document.get("speedup").getAsDouble() > 0);
  }

  /** The second does not say what it takes, the first one does. */
  @Test
  void eitherMaySayWhatInputsAre() {
    String plain = fixture("packages/plain.pt2");
    String spoken = fixture("packages/linear_relu.pt2");
    Ran ran = Ran.run("verify", plain, spoken, "--count", "2", "--quiet");
    assertEquals(0, ran.code(), ran.err());
    assertTrue(ran.out().contains("The answers agree: off by "), ran.out());
    assertTrue(ran.out().contains("(AOTInductor package)"), ran.out());
  }

  @Test
  void otherWeightsDiffer() {
    Path other = directory.resolve("other.pt");
    try (Arena arena = Arena.ofConfined()) {
      Builtin.MLP.build(arena, 7).save(other);
    }
    Ran ran = Ran.run("verify", other.toString(), "mlp", "--count", "2", "--quiet");
    assertEquals(12, ran.code(), ran.out());
    assertTrue(ran.out().contains("The answers differ: off by "), ran.out());
    assertTrue(ran.err().contains("narthex: the answers of "), ran.err());
  }

  @Test
  void otherOutputsCanNotBeCompared() {
    Ran ran =
        Ran.run(
            "verify", "resnet18", "shapes-net", "--input", "1x3x64x64", "--count", "1", "--quiet");
    assertEquals(12, ran.code(), ran.out());
    assertTrue(ran.out().contains("The answers can't be compared: "), ran.out());
    assertFalse(ran.out().contains("max abs"), ran.out());
  }
}
