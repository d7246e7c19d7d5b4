package io.github.narthex.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.github.narthex.DType;
import io.github.narthex.Fixtures;
import io.github.narthex.Model;
import io.github.narthex.Shape;
import io.github.narthex.Tensors;
import io.github.narthex.strategy.Recipe;
import io.github.narthex.strategy.Strategy;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code apply}, with real worker processes, and what shows its results. */
class ApplyTest {
  private static final String CONVNET = "src/test/resources/models/convnet.pt";

  @TempDir Path directory;

  private Ran apply(String recipe, String... more) {
    List<String> words =
        new ArrayList<>(
            List.of(
                "apply",
                CONVNET,
                "--recipe",
                recipe,
                "--output",
                output().toString(),
                "--input",
                "2x3x32x32",
                "--duration",
                "0.2",
                "--quiet"));
    words.addAll(List.of(more));
    return Ran.run(words.toArray(String[]::new));
  }

  private Path output() {
    return directory.resolve("applied.pt");
  }

  @Test
  void writesAFileThatRunsAsTheRecipeDoes() {
    Ran ran = apply("onednn-graph+bf16-mixed", "--json", directory.resolve("a.json").toString());
    assertEquals(0, ran.code(), ran.err());
    assertTrue(ran.out().contains("conv2d, float32 -> conv2d, bfloat16"), ran.out());
    assertTrue(ran.out().contains("weights, bfloat16"), ran.out());
    try (Arena arena = Arena.ofConfined()) {
      Model original = Model.load(arena, Fixtures.path("models/convnet.pt"));
      Model expected = Recipe.parse("onednn-graph+bf16-mixed").applyTo(arena, original);
      Model applied = Model.load(arena, output());
      var input = Tensors.ones(arena, DType.FLOAT32, Shape.of(2, 3, 32, 32));
      for (int call = 0; call < 3; call++) {
        assertArrayEquals(
            expected.forward(arena, input).toFloatArray(),
            applied.forward(arena, input).toFloatArray(),
            1e-6f);
      }
      assertEquals(1, applied.compilations().size());
    }
  }

  @Test
  void inspectShowsRecipeAndEvidence() {
    assertEquals(0, apply("bf16-mixed").code());
    Ran text = Ran.run("inspect", output().toString());
    assertTrue(text.out().contains("recipe      bf16-mixed, applied to " + CONVNET), text.out());
    assertTrue(text.out().contains("times as fast as the original, off by"), text.out());
    JsonObject recipe =
        Ran.run("inspect", output().toString(), "--json", "-").json().getAsJsonObject("recipe");
    assertEquals("narthex.recipe/1", recipe.get("schema").getAsString());
    JsonObject evidence = recipe.getAsJsonObject("evidence");
    assertEquals(2, evidence.getAsJsonArray("results").size());
    assertFalse(recipe.getAsJsonArray("changes").isEmpty());
  }

  @Test
  void whatWasChosenIsWhatIsProvenAndWritten() {
    Ran ran = apply("compile:mode=max-autotune:cache=off", "--json", "-");
    if (ran.code() == ExitCode.UNSUPPORTED) { // on a machine where the model as it is, is fastest
      assertTrue(ran.err().contains("is faster than the model as it is"), ran.err());
      assertFalse(Files.exists(output()));
      return;
    }
    assertEquals(0, ran.code(), ran.err());
    String recipe = ran.json().get("recipe").getAsString();
    assertFalse(Recipe.parse(recipe).has(Strategy.COMPILE), recipe);
    assertEquals(
        recipe,
        ran.json()
            .getAsJsonObject("evidence")
            .getAsJsonArray("results")
            .get(1)
            .getAsJsonObject()
            .get("recipe")
            .getAsString());
  }

  @Test
  void zerosAreShown() {
    Ran ran = apply("prune:keep=fc", "--force");
    assertEquals(0, ran.code(), ran.err());
    assertTrue(ran.out().contains("layers   2 x weights -> weights with zeros"), ran.out());
    assertTrue(ran.out().lines().anyMatch("zeros    44.8 % of 1,528 weights in 3 layers"::equals));
    Ran text = Ran.run("inspect", output().toString());
    assertTrue(text.out().lines().anyMatch("               50.0 % of 216 in conv1"::equals));
    JsonObject sparsity =
        Ran.run("inspect", output().toString(), "--json", "-").json().getAsJsonObject("sparsity");
    assertEquals(684, sparsity.get("zeros").getAsLong());
    assertEquals(3, sparsity.getAsJsonArray("layers").size());
    assertFalse(Ran.run("inspect", CONVNET).out().contains("zeros "));
  }

  @Test
  void aRecipeThatDoesNotHoldIsRefused() {
    Ran ran = apply("bf16", "--max-error", "0.0001%");
    assertEquals(ExitCode.FAILED, ran.code());
    assertFalse(Files.exists(output()));
    assertEquals("", ran.out());
    assertTrue(
        ran.err().startsWith("narthex: bf16 is not applied, nothing is written: off by "),
        ran.err());
    assertEquals(1, ran.err().lines().count());
    assertEquals(0, apply("bf16", "--max-error", "0.0001%", "--force").code());
    assertTrue(Files.exists(output()));
  }

  @Test
  void aLayerThatIsNotThereIsOneLine() {
    Ran ran = apply("bf16-mixed:keep=nowhere.*");
    assertEquals(ExitCode.FAILED, ran.code(), ran.err());
    assertEquals(1, ran.err().lines().count(), ran.err());
    assertTrue(ran.err().contains("the model has no layer 'nowhere.*', it has: "), ran.err());
    assertFalse(Files.exists(output()));
  }

  @Test
  void whatIsMissingIsSaid() {
    Ran noOutput = Ran.run("apply", CONVNET, "--recipe", "freeze");
    assertEquals(ExitCode.USAGE, noOutput.code());
    assertTrue(noOutput.err().contains("--output is needed"), noOutput.err());
    Ran noRecipe = Ran.run("apply", CONVNET, "--output", output().toString());
    assertEquals(ExitCode.USAGE, noRecipe.code());
    assertTrue(noRecipe.err().contains("--recipe is needed once"), noRecipe.err());
    Ran eager = Ran.run("apply", CONVNET, "--recipe", "eager", "--output", output().toString());
    assertTrue(eager.err().contains("leaves the model as it is"), eager.err());
  }

  @Test
  void recipesAreListed() {
    Ran text = Ran.run("recipes");
    assertEquals(0, text.code());
    for (Strategy strategy : Strategy.values()) {
      assertTrue(text.out().lines().anyMatch(strategy.toString()::equals), strategy.toString());
    }
    text.out().lines().forEach(line -> assertTrue(line.length() <= 100, line));
    JsonObject json = Ran.run("recipes", "--json", "-").json();
    assertEquals(Strategy.values().length, json.getAsJsonArray("strategies").size());
  }
}
