package io.github.narthex.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.narthex.Fixtures;
import io.github.narthex.io.Npy;
import io.github.narthex.io.NpyArray;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands with libtorch, and {@code bench} with real worker processes. */
class EndToEndTest {
  private static final String MODELS = "src/test/resources/models/";

  @TempDir Path directory;

  private record Ran(int code, String out, String err) {
    JsonObject json() {
      return JsonParser.parseString(out).getAsJsonObject();
    }
  }

  private static Ran run(String... words) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        Main.run(
            List.of(words),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8));
    return new Ran(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  private static float[] floats(Path file) {
    try (Arena arena = Arena.ofConfined()) {
      NpyArray array = Npy.read(arena, file);
      return array.data().toArray(ValueLayout.JAVA_FLOAT);
    }
  }

  @Test
  void runWritesWhatPythonComputed() {
    Path output = directory.resolve("y.npy");

    Ran ran =
        run(
            "run",
            MODELS + "tuple-output.pt",
            "--input",
            MODELS + "tuple-output.input.0.npy",
            "--output",
            output.toString());

    assertEquals(0, ran.code(), ran.err());
    assertEquals(2, ran.out().lines().count(), ran.out());
    assertArrayEquals(floats(Path.of(MODELS + "tuple-output.output.0.npy")), floats(output), 1e-5f);
    assertArrayEquals(
        floats(Path.of(MODELS + "tuple-output.output.1.npy")),
        floats(directory.resolve("y.1.npy")),
        1e-5f);
  }

  @Test
  void runAsJson() {
    Ran ran = run("run", MODELS + "mlp.pt", "--recipe", "freeze", "--json", "-");

    assertEquals(0, ran.code(), ran.err());
    JsonObject document = ran.json();
    assertEquals("narthex.run/1", document.get("schema").getAsString());
    assertEquals("freeze", document.get("recipe").getAsString());
    assertEquals(1, document.getAsJsonArray("outputs").size());
  }

  @Test
  void inspectSaysWhatTheFileHolds() {
    Ran ran = run("inspect", MODELS + "convnet.pt");

    assertEquals(0, ran.code(), ran.err());
    assertTrue(ran.out().contains("written by torch"), ran.out());
    assertTrue(ran.out().contains("2  aten::conv2d"), ran.out());
    JsonObject document = run("inspect", MODELS + "convnet.pt", "--json", "-").json();
    assertEquals("narthex.inspect/1", document.get("schema").getAsString());
    assertEquals(
        1586,
        document
            .getAsJsonObject("parameters")
            .getAsJsonObject("float32")
            .get("elements")
            .getAsLong());
    assertFalse(document.get("training").getAsBoolean());
    assertFalse(document.get("stateful").getAsBoolean());
    assertTrue(
        run("inspect", MODELS + "counts.pt", "--json=-").json().get("stateful").getAsBoolean());
    assertTrue(
        run("inspect", MODELS + "training.pt", "--json=-").json().get("training").getAsBoolean());
  }

  @Test
  void aModelWithComplexAndQuantisedTensors() {
    String model = "src/test/resources/modules/exotic.pt";

    Ran inspected = run("inspect", model);
    assertEquals(0, inspected.code(), inspected.err());
    assertTrue(inspected.out().contains("complex64"), inspected.out());
    assertTrue(inspected.out().contains("quint8"), inspected.out());
    // One returns real numbers, the other complex ones.
    for (String file : List.of(model, MODELS + "complex.pt")) {
      Ran ran = run("run", file, "--input", "2", "--recipe", "freeze");
      assertEquals(0, ran.code(), ran.err());
      Ran benched =
          run(
              "bench",
              file,
              "--input",
              "2",
              "--recipe",
              "eager,freeze",
              "--iterations",
              "4",
              "--warmup",
              "1",
              "--quiet",
              "--json",
              "-");
      assertEquals(0, benched.code(), benched.err());
      benched
          .json()
          .getAsJsonArray("results")
          .forEach(row -> assertEquals("ok", row.getAsJsonObject().get("status").getAsString()));
    }
    assertTrue(run("run", MODELS + "complex.pt", "--input", "2").out().contains("2:complex64"));
  }

  @Test
  void inspectListsTensors() {
    String file = Fixtures.path("files/checkpoint.pt").toString();
    Ran ran = run("inspect", file);

    assertEquals(0, ran.code(), ran.err());
    assertTrue(ran.out().contains("format      state_dict or checkpoint"), ran.out());
    assertTrue(
        ran.out().lines().anyMatch(line -> line.matches("model\\.0\\.weight +float32 +2x3 +24")),
        ran.out());
    assertTrue(ran.out().contains("\nepoch = 3\n"), ran.out());
    JsonObject document = run("inspect", file, "--json", "-").json();
    assertEquals("narthex.tensors/1", document.get("schema").getAsString());
    JsonObject first = document.getAsJsonArray("tensors").get(0).getAsJsonObject();
    assertEquals("model.0.weight", first.get("name").getAsString());
    assertEquals(24, first.get("bytes").getAsLong());
    assertTrue(first.get("in_place").getAsBoolean());
    assertEquals("größer", document.getAsJsonObject("metadata").get("name").getAsString());
    Ran refused = run("inspect", Fixtures.path("files/refused-function.pt").toString());
    assertEquals(3, refused.code());
    assertEquals(1, refused.err().lines().count(), refused.err());
    assertTrue(refused.err().contains("it refers to __builtin__.print"), refused.err());
  }

  @Test
  void inputsThatDoNotFitAreOneLineAndCode3() {
    Ran ran = run("run", MODELS + "convnet.pt", "--input", "1x8x8x3");

    assertEquals(3, ran.code());
    assertEquals(1, ran.err().lines().count(), ran.err());
    assertTrue(ran.err().contains("height x width x channels"), ran.err());
    assertEquals(3, run("run", MODELS + "two-inputs.pt", "--input", "1x4").code());
    assertEquals(3, run("bench", MODELS + "raises.pt", "--input", "1x4", "--quiet").code());
  }

  @Test
  void benchMeasuresInWorkersAndLeavesNothingBehind() throws Exception {
    Path csv = directory.resolve("r.csv");

    Ran ran =
        run(
            "bench",
            MODELS + "convnet.pt",
            "--input",
            MODELS + "convnet.input.0.npy",
            "--recipe",
            "freeze,bf16",
            "--iterations",
            "12",
            "--warmup",
            "3",
            "--max-error",
            "10%",
            "--quiet",
            "--json",
            "-",
            "--csv",
            csv.toString());

    assertEquals(0, ran.code(), ran.err());
    assertEquals("", ran.err());
    JsonObject document = ran.json();
    List<String> rows = new ArrayList<>();
    document
        .getAsJsonArray("results")
        .forEach(
            row -> {
              JsonObject object = row.getAsJsonObject();
              rows.add(
                  "%s %s %d %d"
                      .formatted(
                          object.get("recipe").getAsString(),
                          object.get("status").getAsString(),
                          object.get("samples").getAsLong(),
                          object.getAsJsonObject("accuracy").get("inputs").getAsLong()));
              assertTrue(object.get("peak_rss_bytes").getAsLong() > 50_000_000);
            });
    assertEquals(List.of("eager ok 12 1", "freeze ok 12 1", "bf16 ok 12 1"), rows);
    assertEquals(
        "2.",
        document.getAsJsonObject("environment").get("libtorch").getAsString().substring(0, 2));
    assertEquals(4, Files.readAllLines(csv).size());
    assertEquals(0, ProcessHandle.current().children().filter(ProcessHandle::isAlive).count());
  }
}
