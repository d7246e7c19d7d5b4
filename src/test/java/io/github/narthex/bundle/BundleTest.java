package io.github.narthex.bundle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.DType;
import io.github.narthex.InputException;
import io.github.narthex.LeakCheck;
import io.github.narthex.ModelLoadException;
import io.github.narthex.OperatorException;
import io.github.narthex.Shape;
import io.github.narthex.Tensor;
import io.github.narthex.Tensors;
import io.github.narthex.Value;
import io.github.narthex.bundle.Configuration.Run;
import io.github.narthex.models.Builtin;
import io.github.narthex.strategy.Recipe;
import io.github.narthex.strategy.Threads;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bundles that are open; without joining requests, for which see MicroBatchingTest. */
@ExtendWith(LeakCheck.class)
class BundleTest {
  private static final Run ONE = Run.of(Threads.of(1));

  @TempDir Path folder;

  private Path target() {
    return folder.resolve("b");
  }

  private static float[] pixels(long seed) {
    Random random = new Random(seed);
    float[] pixels = new float[784];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = random.nextFloat();
    }
    return pixels;
  }

  /** What the mlp under a recipe answers, by itself. */
  private static List<float[]> expected(String recipe, int count) {
    try (Arena arena = Arena.ofConfined()) {
      var model = Recipe.parse(recipe).applyTo(arena, Builtin.MLP.build(arena, 0)).withThreads(1);
      List<float[]> answers = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        Tensor image = Tensor.of(arena, pixels(i), 1, 784);
        answers.add(model.forward(arena, image).toFloatArray());
      }
      return answers;
    }
  }

  private static float[] ask(Bundle bundle, int image) {
    try (Arena call = Arena.ofConfined()) {
      return bundle.predict(call, Tensor.of(call, pixels(image), 1, 784)).toFloatArray();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"eager", "freeze", "bf16", "onednn-graph"})
  void answersAsTheModelDoes(String recipe) {
    Bundles.mlp(target(), recipe, ONE);
    try (Bundle bundle = Bundle.open(target())) {
      assertArrayEquals(expected(recipe, 1).getFirst(), ask(bundle, 0), 1e-6f);
      assertEquals(1, bundle.model().threads());
      assertEquals(Threads.of(1), bundle.threads());
      assertEquals(Recipe.parse(recipe), bundle.spec().model().recipe());
    }
  }

  @Test
  void editsOfHowItRunsAreHonoured() throws IOException {
    Bundles.mlp(target(), "eager", ONE);
    Bundles.edit(target(), "threads: 1", "threads: 3");
    try (Bundle bundle = Bundle.openCold(target())) {
      assertEquals(3, bundle.model().threads());
      assertArrayEquals(expected("eager", 1).getFirst(), ask(bundle, 0), 1e-5f);
    }
  }

  @Test
  void answersOutliveTheBundle() {
    Bundles.mlp(target(), "eager", ONE);
    try (Arena arena = Arena.ofConfined()) {
      Tensor answer;
      try (Bundle bundle = Bundle.open(target())) {
        answer = bundle.predict(arena, Tensor.of(arena, pixels(0), 1, 784));
      }
      assertArrayEquals(expected("eager", 1).getFirst(), answer.toFloatArray(), 1e-6f);
    }
  }

  @Test
  void valuesInAndOut() {
    Bundles.scripted(
        target(), "def forward(self, x, by: int = 2):\n    return {'y': x * by}\n", ONE);
    try (Bundle bundle = Bundle.open(target());
        Arena arena = Arena.ofConfined()) {
      Value x = Value.of(Tensors.ones(arena, DType.FLOAT32, Shape.of(2)));
      assertEquals(2, first(bundle.predict(arena, x)));
      assertEquals(5, first(bundle.predict(arena, x, Value.of(5))));
      var e = assertThrows(IllegalStateException.class, () -> bundle.predict(arena, x.tensor()));
      assertTrue(String.valueOf(e.getMessage()).contains("call predict(arena, Value...)"));
      assertThrows(IllegalArgumentException.class, () -> bundle.predict(arena, Value.of("x")));
    }
  }

  private static float first(Value value) {
    return value.tensors().getFirst().toFloatArray()[0];
  }

  @Test
  void manyCallersAtOnce() throws Exception {
    Bundles.mlp(target(), "freeze", Run.of(new Threads(1, 2)));
    List<float[]> expected = expected("freeze", 16);
    try (Bundle bundle = Bundle.open(target());
        ExecutorService callers = Executors.newFixedThreadPool(8)) {
      List<Future<?>> all = new ArrayList<>();
      for (int caller = 0; caller < 8; caller++) {
        int start = caller;
        all.add(
            callers.submit(
                () -> {
                  for (int i = 0; i < 50; i++) {
                    int image = (start + i) % 16;
                    assertArrayEquals(expected.get(image), ask(bundle, image), 1e-6f);
                  }
                }));
      }
      for (Future<?> caller : all) {
        caller.get();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void virtualThreads(int threads) throws Exception {
    Bundles.mlp(target(), "eager", Run.of(Threads.of(threads)));
    Bundles.edit(target(), "queue: 64", "queue: 1000");
    List<float[]> expected = expected("eager", 4);
    try (Bundle bundle = Bundle.open(target());
        ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<float[]>> all = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        int image = i % 4;
        all.add(callers.submit(() -> ask(bundle, image)));
      }
      for (int i = 0; i < all.size(); i++) {
        assertArrayEquals(expected.get(i % 4), all.get(i).get(), 1e-5f);
      }
    }
  }

  @Test
  void aFullQueueRejects() throws Exception {
    Bundles.scripted(
        target(),
        """
        def forward(self, x, n: int):
            for i in range(n):
                x = torch.sin(x)
            return x
        """,
        ONE);
    Bundles.edit(target(), "queue: 64", "queue: 0");
    try (Bundle bundle = Bundle.open(target());
        ExecutorService caller = Executors.newSingleThreadExecutor();
        Arena arena = Arena.ofShared()) {
      Value x = Value.of(Tensors.ones(arena, DType.FLOAT32, Shape.of(100_000)));
      Future<Value> busy = caller.submit(() -> untilAdmitted(bundle, arena, x));
      String message = "";
      while (message.isEmpty() && !busy.isDone()) {
        try {
          bundle.predict(arena, x, Value.of(0));
        } catch (RejectedExecutionException e) {
          message = String.valueOf(e.getMessage());
        }
      }
      assertEquals(
          "the bundle is busy: up to 1 calls run, 0 wait, and run.queue in its narthex.yaml takes"
              + " no more",
          message);
      busy.get();
      bundle.predict(arena, x, Value.of(0));
    }
  }

  private static Value untilAdmitted(Bundle bundle, Arena arena, Value x) {
    while (true) {
      try {
        return bundle.predict(arena, x, Value.of(5000));
      } catch (RejectedExecutionException e) {
        Thread.onSpinWait();
      }
    }
  }

  @Test
  void closingUnderLoad() throws Exception {
    Bundles.mlp(target(), "eager", Run.of(new Threads(1, 2)));
    List<float[]> expected = expected("eager", 4);
    AtomicInteger answered = new AtomicInteger();
    Bundle bundle = Bundle.open(target());
    try (ExecutorService callers = Executors.newFixedThreadPool(6)) {
      List<Future<String>> all = new ArrayList<>();
      for (int caller = 0; caller < 6; caller++) {
        all.add(callers.submit(() -> askUntilClosed(bundle, expected, answered)));
      }
      while (answered.get() < 50) {
        Thread.onSpinWait();
      }
      bundle.close();
      for (Future<String> caller : all) {
        assertEquals("the bundle is closed", caller.get());
      }
    }
    bundle.close();
    assertThrows(IllegalStateException.class, () -> ask(bundle, 0));
  }

  private static String askUntilClosed(
      Bundle bundle, List<float[]> expected, AtomicInteger answered) {
    for (int image = 0; ; image = (image + 1) % expected.size()) {
      try {
        assertArrayEquals(expected.get(image), ask(bundle, image), 1e-6f);
        answered.incrementAndGet();
      } catch (IllegalStateException e) {
        return String.valueOf(e.getMessage());
      }
    }
  }

  @Test
  void failuresAreTheModelsOwn() {
    Bundles.mlp(target(), "eager", ONE);
    try (Bundle bundle = Bundle.open(target());
        Arena arena = Arena.ofConfined()) {
      Tensor wrong = Tensors.ones(arena, DType.FLOAT32, Shape.of(1, 3));
      for (int i = 0; i < 3; i++) { // none of them keeps an instance
        assertThrows(OperatorException.class, () -> bundle.predict(arena, wrong));
      }
      ask(bundle, 0);
    }
  }

  @Test
  void anInterruptDoesNotEndACall() {
    Bundles.mlp(target(), "eager", ONE);
    try (Bundle bundle = Bundle.open(target())) {
      Thread.currentThread().interrupt();
      assertArrayEquals(expected("eager", 1).getFirst(), ask(bundle, 0), 1e-6f);
      assertTrue(Thread.interrupted());
    }
  }

  @Test
  void inputsThatDoNotFitTheModel() throws IOException {
    Bundles.mlp(target(), "eager", ONE);
    Bundles.edit(target(), "1x784", "1x783");
    var shape = assertThrows(InputException.class, () -> Bundle.open(target()));
    assertTrue(
        String.valueOf(shape.getMessage())
            .startsWith("the model does not run on the inputs of " + target()));
    Bundles.edit(target(), "\"1x783:float32\"", "\"x=1x783\", \"1x2\"".replace(", ", "\n  - "));
    var count = assertThrows(ConfigurationException.class, () -> Bundle.open(target()));
    assertEquals(target().resolve("narthex.yaml"), count.file());
    assertTrue(count.line() > 1, count.getMessage());
    try (Bundle cold = Bundle.openCold(target())) { // nobody asked what they are
      assertFalse(ask(cold, 0).length == 0);
    }
  }

  @Test
  void whatIsNoBundle() throws IOException {
    assertMessage("there is no bundle " + target());
    Files.createDirectory(target());
    assertMessage(target() + " is no bundle: there is no narthex.yaml in it");
    Bundles.mlp(target(), "eager", ONE);
    Path model = target().resolve("model.pt");
    Files.delete(model);
    assertMessage("there is no file " + model);
    Files.writeString(model, "<!doctype html>");
    assertMessage(model + " is a web page, not a model: the download went wrong");
    Path file = Files.writeString(folder.resolve("file"), "");
    var e = assertThrows(ModelLoadException.class, () -> Bundle.open(file));
    assertTrue(String.valueOf(e.getMessage()).startsWith(file + " is a file, where a bundle"));
  }

  private void assertMessage(String message) {
    var e = assertThrows(ModelLoadException.class, () -> Bundle.open(target()));
    assertTrue(String.valueOf(e.getMessage()).startsWith(message), e.getMessage());
  }
}
