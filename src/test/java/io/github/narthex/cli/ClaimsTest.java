package io.github.narthex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code claims}, with real worker processes. */
class ClaimsTest {
  private static final String CONVNET = "src/test/resources/models/convnet.pt";

  @TempDir Path directory;

  @Test
  void everyClaimHasARow() throws Exception {
    Path json = directory.resolve("claims.json");
    Ran ran =
        Ran.run(
            "claims",
            CONVNET,
            "--input",
            "1x3x32x32",
            "--duration",
            "0.05",
            "--threads",
            "1",
            "--json",
            json.toString());
    assertEquals(0, ran.code(), ran.err());
    assertTrue(ran.out().startsWith(CONVNET + " (TorchScript, "), ran.out());

    JsonObject document = JsonParser.parseString(Files.readString(json)).getAsJsonObject();
    for (var element : document.getAsJsonArray("claims")) {
      String name = element.getAsJsonObject().get("claim").getAsString();
      assertTrue(ran.out().contains("\n" + name + "  "), ran.out());
    }
    for (String name :
        List.of("torch.compile", "channels last", "fp16", "int8, speed", "OpenVINO")) {
      JsonObject claim = claim(document, name);
      assertFalse(claim.get("recipe").isJsonNull(), name);
      assertTrue(claim.get("ratio").getAsDouble() > 0, name);
      assertFalse(claim.get("verdict").getAsString().equals("not-measured"), name);
    }
    assertEquals(
        "eager", claim(document, "inference mode, of gradients").get("recipe").getAsString());
    assertEquals("not-measured", claim(document, "CUDA graphs").get("verdict").getAsString());
    JsonObject sizes = document.getAsJsonObject("sizes");
    assertEquals("static-int8", sizes.get("recipe").getAsString());
    JsonObject after = sizes.getAsJsonObject("after");
    assertTrue(after.getAsJsonObject("weight_bytes").get("int8").getAsLong() > 0);
    assertTrue(after.get("file_bytes").getAsLong() > 0);
  }

  private static JsonObject claim(JsonObject document, String name) {
    for (var element : document.getAsJsonArray("claims")) {
      JsonObject claim = element.getAsJsonObject();
      if (claim.get("claim").getAsString().equals(name)) {
        return claim;
      }
    }
    throw new AssertionError("no claim " + name);
  }

  @Test
  void jsonOnStandardOutputIsAlone() {
    Ran ran =
        Ran.run(
            "claims",
            "src/test/resources/models/mlp.pt",
            "--input",
            "1x8",
            "--duration=0.02",
            "--threads=1",
            "--quiet",
            "--json=-");
    assertEquals(0, ran.code(), ran.err());
    assertEquals("", ran.err());
    JsonObject document = JsonParser.parseString(ran.out()).getAsJsonObject();
    assertEquals("narthex.claims/1", document.get("schema").getAsString());
    JsonObject layout = claim(document, "channels last");
    assertEquals("channels-last", layout.get("recipe").getAsString(), layout.toString());
  }

  @Test
  void mistakes() {
    Ran unknown = Ran.run("claims", "--recipe", "freeze");
    assertEquals(ExitCode.USAGE, unknown.code());
    assertTrue(unknown.err().contains("unknown option --recipe"), unknown.err());
    Ran several = Ran.run("claims", "--threads", "1,2");
    assertEquals(ExitCode.USAGE, several.code());
    assertTrue(several.err().contains("claims are measured with one number of threads"));
    assertEquals(ExitCode.INPUT, Ran.run("claims", "no-such.pt").code());
    assertEquals(
        ExitCode.OUTPUT, Ran.run("claims", "mlp", "--json", directory + "/no/claims.json").code());
  }
}
