package io.github.narthex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.narthex.Fixtures;
import org.junit.jupiter.api.Test;

/** Commands with an AOTInductor package. */
class PackageCommandsTest {
  private static final String FILE = Fixtures.path("packages/mixed.pt2").toString();

  @Test
  void inspectTellsOfOneWithoutLoadingIt() {
    Ran ran = Ran.run("inspect", FILE, "--json", "-");
    assertEquals(0, ran.code(), ran.err());
    JsonObject model =
        JsonParser.parseString(ran.out())
            .getAsJsonObject()
            .getAsJsonArray("models")
            .get(0)
            .getAsJsonObject();
    assertEquals("x86_64", model.get("machine").getAsString());
    assertEquals(3, model.getAsJsonArray("inputs").size());
    assertTrue(model.get("obstacle").isJsonNull());
    String text = Ran.run("inspect", FILE).out();
    assertTrue(text.contains("inputs      ARGS[0] x: float32 [2, 8]\n"), text);
    assertTrue(text.contains("KWARGS[scale] scale: float32 []\n"), text);
    assertTrue(text.contains("checked     before a call: count, structure, dtype, rank,"), text);
  }

  /** What it takes is what it says. */
  @Test
  void runNeedsNoInputs() {
    Ran ran = Ran.run("run", FILE, "--quiet");
    assertEquals(0, ran.code(), ran.err());
    assertTrue(ran.out().contains("scores"), ran.out());
  }

  @Test
  void recipesAreRefused() {
    String message =
        "narthex: "
            + FILE
            + " is an AOTInductor package, which is compiled code and can't be changed or saved"
            + " again: use the model it was compiled from";
    for (String[] words :
        new String[][] {
          {"optimize", FILE, "--output", "b"},
          {"apply", FILE, "--recipe", "freeze", "--output", "x.pt"},
          {"claims", FILE}
        }) {
      Ran ran = Ran.run(words);
      assertEquals(6, ran.code(), ran.err());
      assertTrue(ran.err().contains(message), ran.err());
    }
  }
}
