package io.github.narthex.bundle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.Fixtures;
import io.github.narthex.InputException;
import io.github.narthex.LeakCheck;
import io.github.narthex.Model;
import io.github.narthex.ModelLoadException;
import io.github.narthex.PackageWeights;
import io.github.narthex.Tensor;
import io.github.narthex.UnsupportedException;
import io.github.narthex.bundle.Configuration.Run;
import io.github.narthex.strategy.Recipe;
import io.github.narthex.strategy.Threads;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Bundles whose model is an AOTInductor package. */
@ExtendWith(LeakCheck.class)
class PackageBundleTest {
  private static final Run TWO = Run.of(new Threads(1, 2));

  @TempDir Path folder = Path.of("");

  private static Path fixture(String name) {
    return Fixtures.path("packages/" + name + ".pt2");
  }

  private Path bundle(String name, Run run, String... inputs) {
    return Bundles.packaged(folder.resolve("b"), fixture(name), run, inputs);
  }

  private static Tensor rows(Arena arena, int rows, float first) {
    float[] values = new float[8 * rows];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.sin(first + i);
    }
    return Tensor.of(arena, values, rows, 8);
  }

  @Test
  void thePackageIsCopied() throws IOException {
    Path bundle = bundle("dynamic_batch", TWO);
    BundleSpec spec = BundleSpec.read(bundle);
    assertEquals("model.pt2", spec.model().file());
    assertEquals(Recipe.EAGER, spec.model().recipe());
    assertArrayEquals(
        Files.readAllBytes(fixture("dynamic_batch")),
        Files.readAllBytes(bundle.resolve("model.pt2")));
    String yaml = Files.readString(bundle.resolve("narthex.yaml"));
    assertTrue(yaml.contains("# compiled by AOTInductor\n"), yaml);
  }

  @Test
  void callersSideBySide() throws Exception {
    try (Bundle bundle = Bundle.open(bundle("dynamic_batch", TWO));
        Arena arena = Arena.ofShared();
        ExecutorService threads = Executors.newFixedThreadPool(4)) {
      Model alone = Model.load(arena, fixture("dynamic_batch"));
      List<Callable<Void>> calls = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        int rows = 1 + i % 16;
        float[] expected = alone.forward(arena, rows(arena, rows, i)).toFloatArray();
        int first = i;
        calls.add(
            () -> {
              try (Arena call = Arena.ofConfined()) {
                Tensor answer = bundle.predict(call, rows(call, rows, first));
                assertArrayEquals(expected, answer.toFloatArray(), 1e-6f);
              }
              return null;
            });
      }
      for (var done : threads.invokeAll(calls)) {
        done.get();
      }
    }
  }

  /** A package says what it takes, so that it is warmed up all the same. */
  @Test
  void withoutInputsThoseOfThePackageWarmItUp() throws IOException {
    Path bundle = bundle("dynamic_batch", TWO);
    Bundle.open(bundle).close();
    Path other = Bundles.packaged(folder.resolve("c"), fixture("linear_relu"), TWO, "3x8");
    String message =
        String.valueOf(assertThrows(InputException.class, () -> Bundle.open(other)).getMessage());
    assertTrue(message.startsWith("the model does not run on the inputs of " + other), message);
    Bundle.openCold(other).close();
  }

  /** To warm it up would change its answers. */
  @Test
  void codeThatKeepsStateIsNotWarmedUp() {
    try (Bundle bundle = Bundle.open(bundle("counter", TWO, "3"));
        Arena arena = Arena.ofConfined()) {
      assertEquals(0, PackageWeights.copy(bundle.model(), arena).get("calls").toFloatArray()[0]);
    }
  }

  @Test
  void requestsAreJoined() throws IOException {
    Path bundle = bundle("dynamic_batch", Run.of(Threads.of(1)), "1x8");
    Bundles.edit(bundle, "batch: 1 ", "batch: 16 ");
    try (Bundle open = Bundle.open(bundle);
        Arena arena = Arena.ofConfined()) {
      Model alone = Model.load(arena, fixture("dynamic_batch"));
      Tensor request = rows(arena, 2, 3);
      assertArrayEquals(
          alone.forward(arena, request).toFloatArray(),
          open.predict(arena, request).toFloatArray(),
          1e-6f);
    }
    Bundles.edit(bundle, "batch: 16 ", "batch: 17 ");
    assertRefused(
        bundle, "the code does not take 17 rows of 'x', which is float32 [batch 1..16, 8]");
    Path fixed = Bundles.packaged(folder.resolve("c"), fixture("linear_relu"), Run.UNSET, "2x8");
    Bundles.edit(fixed, "batch: 1 ", "batch: 4 ");
    assertRefused(fixed, "the model does not run on one row: forward: argument 'x' (ARGS[0])");
  }

  private static void assertRefused(Path bundle, String reason) {
    String message =
        String.valueOf(
            assertThrows(ConfigurationException.class, () -> Bundle.open(bundle)).getMessage());
    assertTrue(message.contains(reason), message);
  }

  @Test
  void noRecipeCanBeApplied() throws IOException {
    BundleSpec frozen = Bundles.spec(Recipe.parse("freeze"), TWO);
    Path target = folder.resolve("c");
    String message =
        String.valueOf(
            assertThrows(
                    UnsupportedException.class,
                    () -> BundleWriter.write(target, frozen, fixture("plain"), Map.of()))
                .getMessage());
    assertTrue(
        message.endsWith(
            "to which no recipe can be applied: expected eager, or gpu and cudagraphs for one of a"
                + " GPU, got freeze"),
        message);
    assertThrows(
        ModelLoadException.class,
        () -> Bundles.packaged(target, fixture("two_models"), TWO),
        "which of the two is not said");
    assertTrue(Files.notExists(target));
    try (Arena arena = Arena.ofConfined()) {
      Model model = Model.load(arena, fixture("plain"));
      assertThrows(
          UnsupportedException.class, () -> BundleWriter.write(target, frozen, model, Map.of()));
    }
    Path bundle = bundle("plain", TWO);
    Bundles.edit(bundle, "recipe: \"eager\"", "recipe: \"freeze\"");
    assertRefused(
        bundle,
        "model.recipe: model.pt2 is an AOTInductor package, to which no recipe can be applied:"
            + " expected eager, or gpu and cudagraphs for one of a GPU, got freeze");
  }

  @Test
  void anotherPackageIsRefused() throws IOException {
    Path bundle = bundle("linear_relu", TWO);
    Files.copy(fixture("plain"), bundle.resolve("model.pt2"), StandardCopyOption.REPLACE_EXISTING);
    assertThrows(ModelLoadException.class, () -> Bundle.open(bundle));
    Bundles.edit(bundle, "  model: refuse", "  model: ignore");
    Bundle.open(bundle).close();
  }
}
