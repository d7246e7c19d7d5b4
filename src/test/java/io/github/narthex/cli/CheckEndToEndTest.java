package io.github.narthex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.narthex.bundle.Bundles;
import io.github.narthex.bundle.Configuration.Run;
import io.github.narthex.strategy.Threads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code narthex check} on this machine. */
class CheckEndToEndTest {
  @TempDir Path folder = Path.of("");

  private static JsonObject check(JsonObject document, String name) {
    for (JsonElement check : document.getAsJsonArray("checks")) {
      if (check.getAsJsonObject().get("name").getAsString().equals(name)) {
        return check.getAsJsonObject();
      }
    }
    throw new AssertionError("no " + name + " in " + document);
  }

  private static String status(JsonObject document, String name) {
    return check(document, name).get("status").getAsString();
  }

  @Test
  void aBundleAsItIs() throws IOException {
    String bundle = Bundles.mlp(folder.resolve("b"), "freeze", Run.of(Threads.of(1))).toString();
    Path file = folder.resolve("c.json");
    Ran ran = Ran.run("check", bundle, "--json", file.toString());
    assertEquals(ExitCode.NOT_MET, ran.code(), ran.err());
    JsonObject document = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    assertEquals("narthex.check/1", document.get("schema").getAsString());
    assertEquals(1, document.get("not_met").getAsInt(), ran.out());
    assertEquals("not-met", status(document, "accuracy"));
    assertEquals("met", status(document, "model file"));
    assertEquals("met", status(document, "libtorch"));
    assertTrue(ran.out().contains("\n  not-met  accuracy"), ran.out());
    for (JsonElement check : document.getAsJsonArray("checks")) {
      String name = check.getAsJsonObject().get("name").getAsString();
      assertTrue(ran.out().contains("  " + name), () -> name + " is in both: " + ran.out());
    }
  }

  /** Nothing speaks against a file of which little is known. */
  @Test
  void aFile() {
    Ran ran = Ran.run("check", "src/test/resources/models/mlp-traced.pt", "--json", "-");
    assertEquals(ExitCode.OK, ran.code(), ran.err());
    assertEquals(0, ran.json().get("not_met").getAsInt());
    assertTrue(ran.json().get("unknown").getAsInt() > 10, ran.out());
  }

  /** What apply keeps inside the file is read. */
  @Test
  void anAppliedFile() {
    String file = folder.resolve("applied.pt").toString();
    Ran apply =
        Ran.run(
            "apply",
            "mlp",
            "--recipe",
            "freeze+bf16",
            "--output",
            file,
            "--duration",
            "0.1",
            "--quiet");
    assertEquals(0, apply.code(), apply.err());
    Ran ran = Ran.run("check", file, "--input", "1x784", "--json", "-");
    assertEquals(ExitCode.NOT_MET, ran.code(), ran.err());
    JsonObject document = ran.json();
    assertEquals("not-met", status(document, "trained weights"), "mlp is random");
    assertEquals("unknown", status(document, "accuracy"));
    String accuracy = check(document, "accuracy").get("found").getAsString();
    assertTrue(
        accuracy.matches("off by \\S+ % \\(2 % allowed\\), over 16 made-up inputs.*"), accuracy);
    assertEquals("met", status(document, "libtorch"));
    assertEquals("met", status(document, "memory"));
    assertEquals("met", status(document, "runs on them"));
  }

  @Test
  void badCommandLines() {
    assertEquals(ExitCode.USAGE, Ran.run("check").code());
    assertEquals(ExitCode.INPUT, Ran.run("check", "no-such.pt").code());
    assertEquals(ExitCode.INPUT, Ran.run("check", "src/test/resources/formats/model.onnx").code());
    Ran unwritable = Ran.run("check", "mlp", "--json", "/no/such/dir/c.json");
    assertEquals(ExitCode.OUTPUT, unwritable.code());
    assertTrue(Ran.run("check", "--help").out().contains("narthex check MODEL"));
  }
}
