package io.github.narthex.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.narthex.Fixtures;
import io.github.narthex.Model;
import io.github.narthex.io.Npy;
import io.github.narthex.io.NpyArray;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
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
        Ran.run(
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
    Ran ran = Ran.run("run", MODELS + "mlp.pt", "--recipe", "freeze", "--json", "-");

    assertEquals(0, ran.code(), ran.err());
    JsonObject document = ran.json();
    assertEquals("narthex.run/1", document.get("schema").getAsString());
    assertEquals("freeze", document.get("recipe").getAsString());
    assertEquals(1, document.getAsJsonArray("outputs").size());
  }

  /** Saves a model of that code. */
  private String saved(String source) {
    Path file = directory.resolve("model.pt");
    try (Arena arena = Arena.ofConfined()) {
      Model.script(arena, source).save(file);
    }
    return file.toString();
  }

  private static Ran bench(String model, String... inputs) {
    List<String> words = new ArrayList<>(List.of("bench", model, "--recipe", "freeze,bf16"));
    words.addAll(List.of("--iterations", "4", "--warmup", "1", "--max-error=1", "--quiet"));
    words.addAll(List.of("--json", "-"));
    words.addAll(List.of(inputs));
    return Ran.run(words.toArray(String[]::new));
  }

  @Test
  void benchOverBatchesAndInstances() {
    Ran ran = bench(MODELS + "mlp.pt", "--batch", "1,2", "--threads", "1,1x2", "--input", "1x8");

    assertMeasured(ran);
    JsonObject document = ran.json();
    assertEquals("narthex.sweep/1", document.get("schema").getAsString());
    assertEquals(12, document.getAsJsonArray("results").size());
    JsonObject last = document.getAsJsonArray("results").get(11).getAsJsonObject();
    assertEquals(2, last.get("batch").getAsLong());
    assertEquals(2, last.get("instances").getAsInt());
    assertEquals(8, last.get("samples").getAsLong(), "4 of each instance");
    assertEquals("[\"2x8:float32\"]", last.get("inputs").toString());
  }

  @Test
  void severalModelsSideBySide() throws Exception {
    Path json = directory.resolve("m.json");
    Path csv = directory.resolve("m.csv");
    List<String> words =
        new ArrayList<>(List.of("bench", MODELS + "mlp.pt", MODELS + "convnet.pt"));
    words.add(MODELS + "mlp.input.0.npy");
    words.addAll(List.of("--input", MODELS + "convnet.pt=" + MODELS + "convnet.input.0.npy"));
    words.addAll(List.of("--recipe", "freeze", "--iterations=6", "--warmup=1", "--quiet"));
    words.addAll(List.of("--max-error=1", "--json", json.toString(), "--csv", csv.toString()));

    Ran ran = Ran.run(words.toArray(String[]::new));

    assertEquals(0, ran.code(), ran.err());
    assertTrue(ran.out().contains("failed: " + MODELS + "mlp.input.0.npy is "), ran.out());
    JsonObject document = JsonParser.parseString(Files.readString(json)).getAsJsonObject();
    assertEquals("narthex.models/1", document.get("schema").getAsString());
    List<String> statuses = new ArrayList<>();
    document
        .getAsJsonArray("models")
        .forEach(model -> statuses.add(model.getAsJsonObject().get("status").getAsString()));
    assertEquals(List.of("ok", "ok", "failed"), statuses);
    JsonObject mlp = document.getAsJsonArray("models").get(0).getAsJsonObject();
    assertEquals(Files.size(Path.of(MODELS + "mlp.pt")), mlp.get("file_bytes").getAsLong());
    assertTrue(mlp.getAsJsonObject("best").get("p50_ms").getAsDouble() > 0);
    assertEquals(6, Files.readAllLines(csv).size());
  }

  /** Two files of bench are what compare takes. */
  @Test
  void whatBenchWritesCanBeCompared() {
    String file = directory.resolve("r.json").toString();
    Ran benched =
        Ran.run(
            "bench",
            MODELS + "mlp.pt",
            "--recipe=freeze",
            "--iterations=60",
            "--quiet",
            "--samples",
            "--json=" + file);
    assertEquals(0, benched.code(), benched.err());
    Ran compared = Ran.run("compare", file, file, "--fail-if", "p50>+1%");
    assertEquals(0, compared.code(), compared.err());
    assertTrue(compared.out().contains("p50, ms"), compared.out());
    assertTrue(compared.out().contains("1.00x ["), compared.out());
  }

  /** With so few forwards nothing is known of stability. */
  @Test
  void stabilityCanBeRequired() {
    Ran ran =
        Ran.run(
            "bench",
            MODELS + "mlp.pt",
            "--recipe=eager",
            "--iterations=3",
            "--quiet",
            "--require-stable",
            "--json=-");
    assertEquals(8, ran.code(), ran.err());
    assertTrue(ran.err().startsWith("narthex: figures are not known to be stable: "), ran.err());
    String verdict = ran.json().getAsJsonObject("stability").get("verdict").getAsString();
    assertTrue(List.of("unknown", "unstable").contains(verdict), verdict);
  }

  private static void assertMeasured(Ran benched) {
    assertEquals(0, benched.code(), benched.err());
    benched
        .json()
        .getAsJsonArray("results")
        .forEach(row -> assertEquals("ok", row.getAsJsonObject().get("status").getAsString()));
  }

  @Test
  void anOptionalArgumentIsLeftOutBeforeOneThatIsGiven() {
    String model =
        saved(
            """
            def forward(self, x, mask: Optional[Tensor] = None, scale: float = 1.0, k: int = 2):
              return x.abs() * 0.0 + scale + k if mask is None else mask
            """);
    String[] inputs = {"--input", "x=2x4", "--input", "scale=scalar:float64:3..3"};

    Ran ran = Ran.run("run", model, inputs[0], inputs[1], inputs[2], inputs[3]);
    assertEquals(0, ran.code(), ran.err());
    assertEquals("output 0: 2x4:float32  min 5.0  mean 5.0  max 5.0\n", ran.out());
    Ran benched = bench(model, inputs);
    assertMeasured(benched);
    assertEquals(
        "[\"x=2x4:float32\",\"scale=scalar:float64:3..3\"]",
        benched.json().getAsJsonObject("workload").get("inputs").toString());
  }

  @Test
  void aModelWithoutInputs() {
    String model = saved("def forward(self):\n  return torch.arange(3)\n");

    Ran ran = Ran.run("run", model);
    assertEquals(0, ran.code(), ran.err());
    assertEquals("output 0: 3:int64  min 0.0  mean 1.0  max 2.0\n", ran.out());
    Ran refused = Ran.run("run", model, "--input", "1");
    assertEquals(3, refused.code());
    assertEquals("narthex: forward takes no inputs, 1 was given\n", refused.err());
    assertMeasured(bench(model));
  }

  @Test
  void aModelWithoutForward() {
    String model = saved("def forward__0(self, x):\n  return x\n");

    for (String command : List.of("run", "bench")) {
      Ran ran = Ran.run(command, model, "--quiet");
      assertEquals(3, ran.code());
      assertEquals("narthex: the model has no method forward, it has: forward__0\n", ran.err());
    }
  }

  @Test
  void outputsHaveTheirNames() {
    String model =
        saved(
            """
            def forward(self):
              x = torch.ones(2)
              return {"logits": [x], "boxes": [x * 2, torch.ones(0, 3)]}, 4, "a\\nb", None, [1, 2], x
            """);

    Ran ran = Ran.run("run", model);
    assertEquals(0, ran.code(), ran.err());
    assertEquals(
        """
        output 0 ([0].logits[0]): 2:float32  min 1.0  mean 1.0  max 1.0
        output 1 ([0].boxes[0]): 2:float32  min 2.0  mean 2.0  max 2.0
        output 2 ([0].boxes[1]): 0x3:float32  no elements
        [1]: 4
        [2]: "a\\nb"
        [3]: null
        [4]: [1,2]
        output 3: 2:float32  min 1.0  mean 1.0  max 1.0
        """,
        ran.out());
    JsonObject document = Ran.run("run", model, "--json=-").json();
    List<String> names = new ArrayList<>();
    document
        .getAsJsonArray("outputs")
        .forEach(output -> names.add(output.getAsJsonObject().get("name").toString()));
    assertEquals(
        List.of("\"[0].logits[0]\"", "\"[0].boxes[0]\"", "\"[0].boxes[1]\"", "null"), names);
    assertTrue(
        document.getAsJsonArray("outputs").get(2).getAsJsonObject().get("mean").isJsonNull());
    assertEquals(
        """
        [{"name":"[1]","value":4},{"name":"[2]","value":"a\\nb"},{"name":"[3]","value":null},\
        {"name":"[4]","value":[1,2]}]\
        """,
        document.getAsJsonArray("values").toString());
  }

  @Test
  void inspectSaysWhatTheFileHolds() {
    Ran ran = Ran.run("inspect", MODELS + "convnet.pt");

    assertEquals(0, ran.code(), ran.err());
    assertTrue(ran.out().contains("written by torch"), ran.out());
    assertTrue(ran.out().contains("2  aten::conv2d"), ran.out());
    JsonObject document = Ran.run("inspect", MODELS + "convnet.pt", "--json", "-").json();
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
        Ran.run("inspect", MODELS + "counts.pt", "--json=-").json().get("stateful").getAsBoolean());
    assertTrue(
        Ran.run("inspect", MODELS + "training.pt", "--json=-")
            .json()
            .get("training")
            .getAsBoolean());
  }

  @Test
  void aModelWithComplexAndQuantisedTensors() {
    String model = "src/test/resources/modules/exotic.pt";

    Ran inspected = Ran.run("inspect", model);
    assertEquals(0, inspected.code(), inspected.err());
    assertTrue(inspected.out().contains("complex64"), inspected.out());
    assertTrue(inspected.out().contains("quint8"), inspected.out());
    // One returns real numbers, the other complex ones.
    for (String file : List.of(model, MODELS + "complex.pt")) {
      Ran ran = Ran.run("run", file, "--input", "2", "--recipe", "freeze");
      assertEquals(0, ran.code(), ran.err());
      Ran benched =
          Ran.run(
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
    assertTrue(Ran.run("run", MODELS + "complex.pt", "--input", "2").out().contains("2:complex64"));
  }

  @Test
  void inspectListsTensors() {
    String file = Fixtures.path("files/checkpoint.pt").toString();
    Ran ran = Ran.run("inspect", file);

    assertEquals(0, ran.code(), ran.err());
    assertTrue(ran.out().contains("format      state_dict or checkpoint"), ran.out());
    assertTrue(
        ran.out().lines().anyMatch(line -> line.matches("model\\.0\\.weight +float32 +2x3 +24")),
        ran.out());
    assertTrue(ran.out().contains("\nepoch = 3\n"), ran.out());
    JsonObject document = Ran.run("inspect", file, "--json", "-").json();
    assertEquals("narthex.tensors/1", document.get("schema").getAsString());
    JsonObject first = document.getAsJsonArray("tensors").get(0).getAsJsonObject();
    assertEquals("model.0.weight", first.get("name").getAsString());
    assertEquals(24, first.get("bytes").getAsLong());
    assertTrue(first.get("in_place").getAsBoolean());
    assertEquals("größer", document.getAsJsonObject("metadata").get("name").getAsString());
    Ran refused = Ran.run("inspect", Fixtures.path("files/refused-function.pt").toString());
    assertEquals(3, refused.code());
    assertEquals(1, refused.err().lines().count(), refused.err());
    assertTrue(refused.err().contains("it refers to __builtin__.print"), refused.err());
  }

  @Test
  void inputsThatDoNotFitAreOneLineAndCode3() {
    Ran ran = Ran.run("run", MODELS + "convnet.pt", "--input", "1x8x8x3");

    assertEquals(3, ran.code());
    assertEquals(1, ran.err().lines().count(), ran.err());
    assertTrue(ran.err().contains("height x width x channels"), ran.err());
    assertEquals(3, Ran.run("run", MODELS + "two-inputs.pt", "--input", "1x4").code());
    assertEquals(3, Ran.run("bench", MODELS + "raises.pt", "--input", "1x4", "--quiet").code());
  }

  @Test
  void benchMeasuresInWorkersAndLeavesNothingBehind() throws Exception {
    Path csv = directory.resolve("r.csv");

    Ran ran =
        Ran.run(
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
