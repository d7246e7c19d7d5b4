package io.github.narthex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.github.narthex.DType;
import io.github.narthex.Model;
import io.github.narthex.Shape;
import io.github.narthex.io.Npy;
import io.github.narthex.io.NpyArray;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code load} with libtorch in a real worker process. */
class LoadEndToEndTest {
  @TempDir Path directory;

  private static Ran load(String model, String... options) {
    List<String> words = new ArrayList<>(List.of("load", model, "--quiet", "--json", "-"));
    words.addAll(List.of(options));
    return Ran.run(words.toArray(String[]::new));
  }

  private static List<JsonObject> rows(Ran ran) {
    assertEquals(0, ran.code(), ran.err());
    return ran.json().getAsJsonArray("results").asList().stream()
        .map(JsonElement::getAsJsonObject)
        .toList();
  }

  private static double number(JsonObject row, String field) {
    return row.get(field).getAsDouble();
  }

  @Test
  void closedLoop() {
    Ran ran = load("mlp", "--concurrency", "1,4", "--threads", "1x2", "--duration", "0.3");
    List<JsonObject> rows = rows(ran);
    assertEquals(2, rows.size());
    for (JsonObject row : rows) {
      assertEquals("ok", row.get("status").getAsString());
      assertEquals(number(row, "requests"), number(row, "answered"));
      // Little's law: callers are throughput times latency, but for what the end cuts off.
      double mean = number(row.getAsJsonObject("latency_ms"), "mean");
      double callers = number(row, "callers");
      assertEquals(callers, number(row, "achieved_per_s") * mean / 1e3, 0.5 * callers);
    }
    JsonObject document = ran.json();
    assertEquals("narthex.load/1", document.get("schema").getAsString());
    assertEquals(2, number(document.getAsJsonObject("workload"), "instances"));
    assertEquals(16, number(document.getAsJsonObject("workload"), "samples"));
  }

  @Test
  void overloadIsReported() {
    Path csv = directory.resolve("load.csv");
    Ran ran = load("mlp", "--rate", "50,9e6", "--duration", "0.2", "--csv", csv.toString());
    List<JsonObject> rows = rows(ran);
    JsonObject over = rows.get(1);
    assertTrue(over.get("overloaded").getAsBoolean());
    assertTrue(number(over, "unanswered") > 0);
    assertEquals(
        number(over, "requests"),
        number(over, "answered") + number(over, "unanswered") + number(over, "errors"));
    assertTrue(ran.json().get("advice").getAsString().contains("9000000/s is too much"));
    assertEquals(3, lines(csv).size());
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void scenarios() {
    JsonObject offline = rows(load("mlp", "--scenario", "offline", "--duration", "0.1")).getFirst();
    assertEquals(1, number(offline, "requests"));
    JsonObject multi =
        rows(load("mlp", "--scenario", "multi-stream", "--duration", "0.1")).getFirst();
    assertEquals(8, number(multi, "samples_per_query"));
    assertTrue(number(multi, "answered") > 0);
  }

  @Test
  void aBoundThatCanNotBeKept() {
    Ran ran = load("mlp", "--slo", "p50=1us", "--duration", "0.1");
    assertEquals(ExitCode.FAILED, ran.code(), ran.err());
    assertTrue(ran.json().get("advice").getAsString().startsWith("p50 within 0.001 ms can't be"));
    assertTrue(ran.json().getAsJsonObject("found").get("rate_per_s").isJsonNull());
  }

  @Test
  void theSearchFindsARate() {
    Ran ran = load("mlp", "--slo", "p50=20s", "--arrivals", "constant", "--duration", "0.1");
    rows(ran);
    JsonObject found = ran.json().getAsJsonObject("found");
    assertTrue(number(found, "rate_per_s") > 0);
    assertTrue(number(found, "too_many_per_s") > number(found, "rate_per_s"));
  }

  private void sample(Path folder, String name, float value) {
    try (Arena arena = Arena.ofConfined()) {
      Npy.write(
          folder.resolve(name),
          new NpyArray(
              DType.FLOAT32,
              Shape.of(1, 1),
              arena.allocateFrom(ValueLayout.JAVA_FLOAT, new float[] {value})));
    }
  }

  @Test
  void requestsTakeTheSamplesInTurnAndErrorsAreCounted() throws IOException {
    Path model = directory.resolve("picky.pt");
    try (Arena arena = Arena.ofConfined()) {
      Model.script(
              arena,
              """
              def forward(self, x):
                assert float(x[0, 0]) > 0.0, "negative"
                return x + 1.0
              """)
          .save(model);
    }
    Path data = Files.createDirectory(directory.resolve("data"));
    sample(data, "a.npy", 1);
    sample(data, "b.npy", 2);
    sample(data, "c.npy", -3);

    Ran ran =
        load(
            model.toString(),
            "--data",
            data.toString(),
            "--input",
            "1x1",
            "--rate",
            "300",
            "--arrivals",
            "constant",
            "--duration",
            "0.5",
            "--threads",
            "1x2");

    JsonObject row = rows(ran).getFirst();
    assertEquals(150, number(row, "requests"));
    // Each third one fails, however many were served.
    assertEquals(number(row, "answered"), 2 * number(row, "errors"), 4);
    assertTrue(number(row, "errors") > 0);
    assertTrue(row.get("first_error").getAsString().contains("negative"), row::toString);
    assertEquals(3, number(ran.json().getAsJsonObject("workload"), "samples"));
  }

  @Test
  void mistakes() {
    Ran ran = load("mlp", "--input", "1x5");
    assertEquals(ExitCode.INPUT, ran.code(), ran.err());
    assertTrue(ran.err().startsWith("narthex: the model does not run on these inputs: "));
    assertEquals(1, ran.err().lines().count());
    Ran both = load("mlp", "--rate", "5", "--concurrency", "2");
    assertEquals(ExitCode.USAGE, both.code());
    assertTrue(both.err().startsWith("narthex: only one of --concurrency, --rate"), both.err());
    Ran unwritable = load("mlp", "--csv", directory.resolve("no/such.csv").toString());
    assertEquals(ExitCode.OUTPUT, unwritable.code());
    assertFalse(unwritable.err().isEmpty());
  }
}
