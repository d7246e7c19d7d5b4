package io.github.narthex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.github.narthex.bundle.BundleDirectory;
import io.github.narthex.bundle.Bundles;
import io.github.narthex.bundle.Configuration;
import io.github.narthex.bundle.Configuration.Run;
import io.github.narthex.bundle.Template;
import io.github.narthex.optimize.Goal;
import io.github.narthex.strategy.Threads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands that take a bundle for MODEL, with real worker processes; and templates. */
class BundleCommandsTest {
  @TempDir Path folder;

  private String bundle = "";

  @BeforeEach
  void write() {
    bundle = Bundles.mlp(folder.resolve("b"), "freeze+bf16", Run.of(Threads.of(1))).toString();
  }

  private static Ran bench(String... words) {
    String[] all = Arrays.copyOf(words, words.length + 5);
    System.arraycopy(
        new String[] {"--duration", "0.1", "--quiet", "--json", "-"}, 0, all, words.length, 5);
    Ran ran = Ran.run(all);
    assertEquals(0, ran.code(), ran.err());
    return ran;
  }

  @Test
  void benchMeasuresTheBundleAsItIs() {
    JsonObject document = bench("bench", bundle).json();
    JsonObject workload = document.getAsJsonObject("workload");
    assertEquals("[\"1x784:float32\"]", workload.get("inputs").toString());
    assertEquals(1, workload.get("threads").getAsInt());
    assertEquals(1, document.getAsJsonArray("results").size(), "only the file as it is");
    JsonObject result = document.getAsJsonArray("results").get(0).getAsJsonObject();
    assertEquals("eager", result.get("recipe").getAsString());
    assertEquals("ok", result.get("status").getAsString());
    assertEquals(bundle, document.getAsJsonObject("model").get("name").getAsString());
    assertEquals("bundle", document.getAsJsonObject("model").get("format").getAsString());
  }

  @Test
  void theCommandLineGoesBeforeTheBundle() throws IOException {
    Bundles.edit(Path.of(bundle), "batch: 1 ", "batch: 4 ");
    JsonObject itself = bench("bench", bundle).json().getAsJsonObject("workload");
    assertEquals(4, itself.get("batch").getAsInt(), "what requests are joined to");
    JsonObject other =
        bench("bench", bundle, "--threads", "2", "--input", "3x784", "--recipe", "no-grad").json();
    assertEquals(2, other.getAsJsonObject("workload").get("threads").getAsInt());
    assertEquals(3, other.getAsJsonObject("workload").get("batch").getAsInt());
    assertEquals(2, other.getAsJsonArray("results").size());
  }

  @Test
  void runAndInspect() {
    Ran run = Ran.run("run", bundle, "--json", "-");
    assertEquals(0, run.code(), run.err());
    assertEquals(1, run.json().get("threads").getAsInt());
    assertEquals("[\"1x784:float32\"]", run.json().get("inputs").toString());
    Ran inspect = Ran.run("inspect", bundle);
    assertEquals(0, inspect.code(), inspect.err());
    assertTrue(inspect.out().contains("format      bundle, TorchScript, archive version"));
    assertTrue(inspect.out().contains("recipe      freeze+bf16, applied to a test"));
  }

  @Test
  void aConfigurationThatMakesNoSense() throws IOException {
    Bundles.edit(Path.of(bundle), "threads: 1", "threads: many");
    for (String command : List.of("bench", "run", "inspect")) {
      Ran ran = Ran.run(command, bundle);
      assertEquals(ExitCode.INPUT, ran.code());
      assertTrue(
          ran.err()
              .matches(
                  "narthex: \\Q"
                      + bundle
                      + "\\E/narthex.yaml:\\d+:12: run.threads: expected a whole"
                      + " number from 1 to \\d+, found 'many'; auto suits the machine\n"),
          ran.err());
    }
  }

  @Test
  void aRecipeThatWasEdited() throws IOException {
    Bundles.edit(Path.of(bundle), "freeze+bf16", "freeze");
    Ran ran = Ran.run("run", bundle);
    assertEquals(ExitCode.INPUT, ran.code());
    assertTrue(ran.err().contains("holds the recipe 'freeze+bf16', and 'freeze' stands here"));
  }

  @Test
  void templates() {
    Ran list = Ran.run("template");
    assertEquals(Template.values().length, list.out().lines().count());
    assertTrue(list.out().startsWith("latency       each answer as soon as possible"), list.out());
    Ran one = Ran.run("template", "many-models");
    assertEquals(Template.MANY_MODELS.text(), one.out());
    Ran none = Ran.run("template", "edgy");
    assertEquals(ExitCode.USAGE, none.code());
    assertTrue(
        none.err()
            .startsWith("narthex: there is no template 'edgy'; did you mean edge?; there are"),
        none.err());
  }

  /** A template is printed to be edited and read again. */
  @Test
  void aPrintedTemplateIsRead() throws IOException {
    Path file = Files.writeString(folder.resolve("edge.yaml"), Ran.run("template", "edge").out());
    assertEquals(Template.EDGE.configuration(), Configuration.read(file));
  }

  /** Packages further down have words of their own for the same. */
  @Test
  void wordsThatMustBeTheSame() {
    assertEquals(Arrays.stream(Goal.values()).map(Goal::toString).toList(), Configuration.GOALS);
  }

  /** What apply writes says of itself which recipe it holds. */
  @Test
  void aBundleOfAnAppliedFile() throws IOException {
    String file = folder.resolve("applied.pt").toString();
    Ran apply =
        Ran.run(
            "apply", "mlp", "--recipe", "bf16", "--output", file, "--duration", "0.1", "--quiet");
    assertEquals(0, apply.code(), apply.err());
    Files.copy(
        Path.of(file),
        Path.of(bundle, "model.pt"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    Bundles.edit(Path.of(bundle), "freeze+bf16", "bf16");
    BundleDirectory.read(Path.of(bundle)).requireRecipe();
  }
}
