package io.github.narthex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.narthex.Tensor;
import io.github.narthex.bench.WorkerCommand;
import io.github.narthex.bundle.Bundle;
import io.github.narthex.bundle.BundleSpec;
import io.github.narthex.io.Npy;
import io.github.narthex.io.NpyArray;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code narthex optimize} with real workers. */
class OptimizeTest {
  private static final String MODELS = "src/test/resources/models/";
  private static final String MLP = MODELS + "mlp.pt";

  @TempDir Path directory;

  private String bundle() {
    return directory.resolve("b").toString();
  }

  private Ran optimize(String... more) {
    List<String> words = new ArrayList<>(List.of("optimize", "--output", bundle()));
    words.addAll(List.of(more));
    return Ran.run(words.toArray(String[]::new));
  }

  private List<String> left() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void findsProvesAndWritesABundle() throws IOException {
    Ran ran = optimize(MLP, "--budget", "12s", "--json", "-");

    assertEquals(0, ran.code(), ran.err());
    assertEquals(List.of("b"), left());
    JsonObject result = ran.json();
    assertEquals("narthex.optimize/1", result.get("schema").getAsString());
    assertTrue(ran.err().contains("the baseline"), ran.err());
    Path b = directory.resolve("b");
    for (String file : List.of("evidence.json", "environment.json", "report.html")) {
      assertTrue(Files.size(b.resolve(file)) > 100, file);
    }
    assertEquals(
        result.getAsJsonArray("trials").size(),
        JsonParser.parseString(Files.readString(b.resolve("evidence.json")))
            .getAsJsonObject()
            .getAsJsonArray("trials")
            .size());
    BundleSpec spec = BundleSpec.read(b);
    try (Bundle opened = Bundle.open(b);
        Arena arena = Arena.ofConfined()) {
      NpyArray input = Npy.read(arena, Path.of(MODELS + "mlp.input.0.npy"));
      NpyArray expected = Npy.read(arena, Path.of(MODELS + "mlp.output.0.npy"));
      Tensor x = Tensor.of(arena, input.data(), input.dtype(), input.shape());
      float[] answer = opened.predict(arena, x).segment().toArray(ValueLayout.JAVA_FLOAT);
      float[] right = expected.data().toArray(ValueLayout.JAVA_FLOAT);
      for (int i = 0; i < right.length; i++) {
        assertEquals(right[i], answer[i], 0.02 * max(right), spec.model().recipe().toString());
      }
    }
    assertEquals(0, Ran.run("bench", b.toString(), "--iterations", "5", "--quiet").code());
  }

  private static double max(float[] values) {
    double max = 0;
    for (float value : values) {
      max = Math.max(max, Math.abs(value));
    }
    return max;
  }

  @Test
  void impossibleLimitShowsTheBestAndWritesNothing() throws IOException {
    Ran ran = optimize(MLP, "--slo", "p50=0.0001ms", "--budget", "6s");

    assertEquals(5, ran.code(), ran.err());
    assertTrue(ran.out().contains("Nothing that was found keeps to"), ran.out());
    assertFalse(Files.exists(directory.resolve("b")));
    assertTrue(ran.err().contains("no bundle was written; what was measured is in "), ran.err());
    assertTrue(ran.err().contains("--resume"), ran.err());
  }

  @Test
  void targetThatIsMetNeedsNoSearch() {
    Ran ran = optimize(MLP, "--slo", "p50=60s", "--budget", "30s", "--quiet");

    assertEquals(0, ran.code(), ran.err());
    assertTrue(ran.out().contains("as it is"), ran.out());
    assertEquals("eager", BundleSpec.read(directory.resolve("b")).model().recipe().toString());
  }

  @Test
  void searchThatIsKilledGoesOn() throws Exception {
    List<String> words =
        new ArrayList<>(
            WorkerCommand.likeThisJvm(
                    Main.class, "optimize", MLP, "--budget", "60s", "--output", bundle())
                .words());
    Path journal = directory.resolve("b.search/journal.jsonl");
    Process search =
        new ProcessBuilder(words)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log").toFile())
            .start();
    for (int i = 0; i < 1_200 && !(Files.exists(journal) && lines(journal) > 12); i++) {
      assertTrue(search.isAlive(), () -> text(directory.resolve("log")));
      TimeUnit.MILLISECONDS.sleep(50);
    }
    List<ProcessHandle> workers = search.descendants().toList();
    search.destroyForcibly().waitFor();
    for (ProcessHandle worker : workers) {
      worker.onExit().get(30, TimeUnit.SECONDS);
    }
    List<String> before = Files.readAllLines(journal);
    assertFalse(Files.exists(directory.resolve("b")), "nothing half-written");

    assertEquals(2, optimize(MLP, "--resume", "--goal", "size").code(), "another search");
    Ran ran = optimize(MLP, "--resume", "--budget", "15s", "--json", "-");

    assertEquals(0, ran.code(), ran.err());
    assertTrue(ran.err().contains("going on with the search"), ran.err());
    long entered = before.stream().filter(line -> line.contains("\"entered\"")).count();
    assertTrue(ran.json().getAsJsonArray("trials").size() >= entered - 1, ran.out());
    assertEquals(List.of("b", "log"), left());
  }

  private static long lines(Path file) {
    return text(file).lines().count();
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return "";
    }
  }

  @Test
  void mistakesAreOneLine() throws IOException {
    Files.writeString(directory.resolve("bad.yaml"), "goal: speed\n");
    Files.createDirectory(directory.resolve("taken"));
    Files.writeString(directory.resolve("taken/notes.txt"), "mine");
    for (String[] words :
        new String[][] {
          {"optimize", MLP},
          {"optimize", "--output", bundle()},
          {"optimize", MLP, "--output", bundle(), "--goal", "latencyy"},
          {"optimize", MLP, "--output", bundle(), "--slo", "p42=1ms"},
          {"optimize", MLP, "--output", bundle(), "--slo", "p99=fast"},
          {"optimize", MLP, "--output", bundle(), "--min-throughput", "100"},
          {"optimize", MLP, "--output", bundle(), "--max-memory", "much"},
          {"optimize", MLP, "--output", bundle(), "--budget", "0s"},
          {"optimize", MLP, "--output", bundle(), "--min-agreement", "99.9%", "--budget", "5s"},
          {"optimize", MLP, "--output", bundle(), "--from", directory + "/bad.yaml"},
          {"optimize", MLP, "--output", bundle(), "--data", directory + "/none"},
          {"optimize", MLP, "--output", directory + "/taken"},
          {"optimize", MLP, "--output", directory + "/nowhere/b"},
        }) {
      Ran ran = Ran.run(words);
      String what = String.join(" ", words) + ": " + ran.err();
      assertTrue(ran.code() == 2 || ran.code() == 3 || ran.code() == 7, what);
      assertEquals("", ran.out(), what);
      assertTrue(ran.err().lines().filter(line -> line.startsWith("narthex: ")).count() == 1, what);
      assertFalse(Files.exists(directory.resolve("b")), what);
    }
    Ran yaml = Ran.run("optimize", MLP, "--output", bundle(), "--from", directory + "/bad.yaml");
    assertTrue(yaml.err().contains("bad.yaml:1:7"), yaml.err());
    assertEquals("mine", Files.readString(directory.resolve("taken/notes.txt")));
  }
}
