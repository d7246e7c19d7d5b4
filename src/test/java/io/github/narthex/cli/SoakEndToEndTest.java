package io.github.narthex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.narthex.Model;
import io.github.narthex.Tensor;
import io.github.narthex.Weights;
import io.github.narthex.bundle.Bundles;
import io.github.narthex.bundle.Configuration.Run;
import io.github.narthex.strategy.Threads;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code soak} with libtorch. */
class SoakEndToEndTest {
  /** What is being tested here is not whether this machine is busy. */
  private static final List<String> PATIENT =
      List.of("--max-latency-growth", "100000%/h", "--max-memory-growth", "100GB/h");

  @TempDir Path directory;

  private static Ran soak(String model, String... options) {
    List<String> words = new ArrayList<>(List.of("soak", model, "--minutes", "0.3"));
    words.addAll(PATIENT);
    words.addAll(List.of(options));
    return Ran.run(words.toArray(String[]::new));
  }

  @Test
  void aModelThatIsSteady() {
    Ran ran = soak("mlp", "--concurrency", "3", "--recipe", "freeze", "--json", "-");
    assertEquals(0, ran.code(), ran.err());
    JsonObject document = ran.json();
    assertEquals("narthex.soak/1", document.get("schema").getAsString());
    assertEquals("steady", document.get("verdict").getAsString());
    JsonObject workload = document.getAsJsonObject("workload");
    assertEquals(3, workload.get("callers").getAsInt());
    assertEquals(1, workload.get("threads").getAsInt());
    assertEquals("freeze", workload.get("recipe").getAsString());
    assertTrue(document.get("calls").getAsLong() > 100);
    assertEquals(0, document.get("errors").getAsLong());
    assertTrue(document.getAsJsonArray("windows").size() >= 27);
    assertEquals(6, document.getAsJsonArray("growth").size());
    JsonObject handles =
        document.getAsJsonArray("growth").asList().stream()
            .map(element -> element.getAsJsonObject())
            .filter(growth -> growth.get("metric").getAsString().equals("handles"))
            .findFirst()
            .orElseThrow();
    assertEquals("flat", handles.get("finding").getAsString());
    assertEquals(handles.get("first").getAsDouble(), handles.get("last").getAsDouble());
    assertTrue(ran.err().contains(" of 18 s  "), ran.err());
    assertTrue(ran.err().contains("No growth beyond the limits"), ran.err());
  }

  /** By as many callers as its narthex.yaml has instances, through predict. */
  @Test
  void aBundle() {
    Path bundle = Bundles.mlp(directory.resolve("b"), "freeze+bf16", Run.of(Threads.parse("1x2")));
    Ran ran = soak(bundle.toString(), "--quiet", "--json", "-");
    assertEquals(0, ran.code(), ran.err());
    JsonObject workload = ran.json().getAsJsonObject("workload");
    assertEquals(2, workload.get("callers").getAsInt());
    assertEquals("freeze+bf16", workload.get("recipe").getAsString());
    assertEquals("[\"1x784:float32\"]", workload.get("inputs").toString());
    assertEquals(0, ran.json().get("errors").getAsLong());
    assertEquals("", ran.err());
  }

  @Test
  void callsThatFail() {
    Path model = directory.resolve("picky.pt");
    try (Arena arena = Arena.ofConfined()) {
      Model.script(
              arena,
              new Weights().buffer("calls", Tensor.of(arena, new long[1], 1)),
              """
              def forward(self, x):
                self.calls.add_(1)
                assert int(self.calls) % 5 != 0, "the fifth"
                return x + 1.0
              """)
          .save(model);
    }
    Ran ran = soak(model.toString(), "--input", "1x2", "--quiet");
    assertEquals(ExitCode.FAILED, ran.code(), ran.out() + ran.err());
    assertTrue(ran.out().contains("calls failed, the first with: "), ran.out());
    assertTrue(ran.out().contains("the fifth"), ran.out());
    assertEquals("", ran.err());
  }

  /** What was measured so far is judged and written. */
  @Test
  void anInterruptKeepsWhatThereIs() throws IOException, InterruptedException {
    Path json = directory.resolve("soak.json");
    Path errors = directory.resolve("errors.txt");
    Path output = directory.resolve("output.txt");
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path", ""));
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Dnarthex.library=" + System.getProperty("narthex.library", ""),
                "-cp",
                classPath,
                Main.class.getName(),
                "soak",
                "mlp",
                "--minutes",
                "1",
                "--json",
                json.toString())
            .redirectError(errors.toFile())
            .redirectOutput(output.toFile())
            .start();
    // The first line is that of the first window, which is worth looking at.
    while (process.isAlive() && Files.readString(errors).isEmpty()) {
      Thread.sleep(50);
    }
    process.destroy();
    assertTrue(process.waitFor(2, TimeUnit.MINUTES));
    assertEquals(143, process.exitValue(), Files.readString(errors));
    JsonObject document = JsonParser.parseString(Files.readString(json)).getAsJsonObject();
    assertTrue(document.get("interrupted").getAsBoolean());
    assertEquals("unknown", document.get("verdict").getAsString());
    assertTrue(Files.readString(output).contains("note: interrupted before its time"));
    assertFalse(Files.readString(output).contains("Grows"));
  }

  private static void assertUsage(String message, String... words) {
    Ran ran = Ran.run(words);
    assertEquals(
        "narthex: " + message + " (see narthex soak --help)",
        ran.err().lines().findFirst().orElse(""));
    assertEquals(ExitCode.USAGE, ran.code());
  }

  @Test
  void mistakes() {
    assertUsage("soak needs MODEL", "soak");
    assertUsage(
        "bad value '0.1' of --minutes: expected a number from 0.2 to 43200",
        "soak",
        "mlp",
        "--minutes",
        "0.1");
    assertUsage(
        "bad value 'soon' of --minutes: expected a number from 0.2 to 43200",
        "soak",
        "mlp",
        "--minutes",
        "soon");
    assertUsage(
        "bad value '50MB' of --max-memory-growth: expected growth in an hour, such as 50MB/h",
        "soak",
        "mlp",
        "--max-memory-growth",
        "50MB");
    assertUsage(
        "bad value '0' of --concurrency: expected a whole number from 1 to 1000",
        "soak",
        "mlp",
        "--concurrency",
        "0");
    Ran input = Ran.run("soak", "mlp", "--input", "1x5", "--minutes", "0.2");
    assertEquals(ExitCode.INPUT, input.code());
    assertTrue(
        input.err().startsWith("narthex: the model does not run on these inputs: "), input.err());
    Ran unwritable = Ran.run("soak", "mlp", "--json", directory.resolve("no/such.json").toString());
    assertEquals(ExitCode.OUTPUT, unwritable.code());
  }

  @Test
  void help() {
    Ran ran = Ran.run("soak", "--help");
    assertEquals(0, ran.code());
    ran.out().lines().forEach(line -> assertTrue(line.length() <= 100, line));
    assertTrue(ran.out().contains("10  memory, handles or latency of a soak grow"), ran.out());
  }
}
