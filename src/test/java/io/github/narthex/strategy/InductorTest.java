package io.github.narthex.strategy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.narthex.Device;
import io.github.narthex.Devices;
import io.github.narthex.Fixtures;
import io.github.narthex.InputException;
import io.github.narthex.LeakCheck;
import io.github.narthex.Model;
import io.github.narthex.OperatorException;
import io.github.narthex.Tensor;
import io.github.narthex.UnsupportedException;
import io.github.narthex.Value;
import io.github.narthex.export.ExportTask;
import io.github.narthex.internal.files.BoundedCache;
import io.github.narthex.io.MadeSamples;
import io.github.narthex.io.Samples;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Compiling by Inductor, with a package that stands in for what Python would make; that Python
 * makes it is PackageExportTest's.
 */
@ExtendWith(LeakCheck.class)
class InductorTest {
  private static final String DONE =
      "{\"seconds\":{\"export\":1.5,\"compile\":2},\"torch\":\"2.15.0\"}";

  private final Arena arena = Arena.ofConfined();
  private final List<ExportTask> compiled = new ArrayList<>();

  @TempDir Path directory = Path.of("");

  @AfterEach
  void close() {
    arena.close();
  }

  private CompiledPackages packages() {
    return new CompiledPackages(
        new BoundedCache(directory.resolve("inductor"), 1 << 30), this::compile);
  }

  private JsonObject compile(ExportTask task) {
    assertTrue(Files.isRegularFile(Path.of(task.source())), "the model's file is there");
    compiled.add(task);
    try {
      Files.copy(Fixtures.path("packages/linear_relu.pt2"), task.output());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return JsonParser.parseString(DONE).getAsJsonObject();
  }

  private static CompiledPackages failing(BoundedCache cache, RuntimeException reason) {
    return new CompiledPackages(
        cache,
        task -> {
          throw reason;
        });
  }

  private Model model(String body) {
    return Model.script(arena, "def forward(self, x: Tensor) -> Tensor:\n    return " + body)
        .eval(arena);
  }

  private static Samples batch(int rows) {
    return new MadeSamples(
        1, "x", (arena, index) -> Value.of(Tensor.of(arena, new float[rows * 8], rows, 8)));
  }

  private Applied apply(String recipe, Model model, Samples samples) {
    return apply(recipe, model, samples, packages());
  }

  private Applied apply(String recipe, Model model, Samples samples, CompiledPackages packages) {
    return new Application(Recipe.parse(recipe).byStrategy(), samples, packages).to(arena, model);
  }

  @Test
  void thePackageIsWhatRuns() {
    Applied applied = apply("inductor", model("x + 1"), batch(2));
    assertTrue(applied.model().isCompiled());
    assertEquals(Recipe.parse("inductor"), applied.recipe());
    assertEquals(List.of("compiled by Inductor in 4 s with torch 2.15.0"), applied.notes());
    assertTrue(Files.isRegularFile(applied.compiled().orElseThrow()));
    Tensor answer = applied.model().forward(arena, Tensor.of(arena, new float[16], 2, 8));
    assertArrayEquals(new long[] {2, 4}, answer.shape().toArray());
    ExportTask task = compiled.getFirst();
    assertEquals(List.of(), task.dynamic());
    assertEquals("native", task.isa());
    assertTrue(task.inputs().getFirst().matches("x=.*\\.npy"), task.inputs()::toString);
  }

  @Test
  void itIsCompiledOnceForEachContent() {
    apply("inductor", model("x + 1"), batch(2));
    Applied again = apply("inductor+threads:intra=1", model("x + 1").withThreads(2), batch(2));
    assertEquals(1, compiled.size(), "neither threads nor the process matter");
    assertEquals(
        List.of("was compiled by Inductor in 4 s with torch 2.15.0, taken from the cache"),
        again.notes());
    assertEquals(1, again.model().threads());
    apply("inductor", model("x + 2"), batch(2));
    assertEquals(2, compiled.size(), "another model");
    apply("inductor", model("x + 1"), batch(3));
    assertEquals(3, compiled.size(), "other sizes");
    apply("inductor:mode=max-autotune", model("x + 1"), batch(2));
    assertEquals(4, compiled.size(), "other kernels");
    assertTrue(compiled.getLast().maxAutotune());
  }

  @Test
  void oneCodeForAllBatches() {
    apply("inductor:dynamic=true", model("x + 1"), batch(2));
    apply("inductor:dynamic=true", model("x + 1"), batch(5));
    assertEquals(1, compiled.size());
    assertEquals(List.of("batch:x.0=1.."), compiled.getFirst().dynamic());
  }

  @Test
  void inductorConvertsTheModelItself() {
    apply("inductor+bf16", model("x + 1"), batch(2));
    assertEquals("bfloat16", compiled.getFirst().dtype());
    apply("inductor+fp16-mixed", model("x + 1"), batch(2));
    assertEquals("float16-mixed", compiled.getLast().dtype());
  }

  @Test
  void theNextBackendIsUsedAndTheReasonTold() {
    BoundedCache cache = new BoundedCache(directory, 1 << 30);
    CompiledPackages none = failing(cache, new UnsupportedException("no Python was found"));
    Applied applied = apply("inductor+bf16", model("torch.cumsum(x, 0)"), batch(2), none);
    assertFalse(applied.model().isCompiled());
    assertEquals(Recipe.parse("compile+bf16"), applied.recipe());
    assertTrue(applied.compiled().isEmpty());
    assertEquals("inductor is not used, but compile: no Python was found", applied.notes().get(0));
    assertTrue(applied.notes().get(1).startsWith("onednn is not used, but torchscript: "));
    assertThrows(
        UnsupportedException.class,
        () -> apply("inductor:fullgraph=true", model("x + 1"), batch(2), none));
  }

  @Test
  void whatFailedIsNotKept() {
    BoundedCache cache = new BoundedCache(directory.resolve("inductor"), 1 << 30);
    CompiledPackages failing = failing(cache, new OperatorException("torch.export failed", ""));
    apply("inductor", model("x + 1"), batch(2), failing);
    apply("inductor", model("x + 1"), batch(2));
    assertEquals(1, compiled.size());
  }

  @Test
  void aCacheThatCantBeWrittenIsAReason() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "");
    CompiledPackages packages =
        new CompiledPackages(new BoundedCache(file.resolve("cache"), 1 << 30), this::compile);
    Applied applied = apply("inductor", model("x + 1"), batch(2), packages);
    assertTrue(
        applied.notes().getFirst().startsWith("inductor is not used, but compile: cannot keep"),
        applied.notes()::toString);
  }

  @Test
  void inputsThatDoNotFitAreNoReasonForAnotherBackend() {
    BoundedCache cache = new BoundedCache(directory, 1 << 30);
    CompiledPackages packages = failing(cache, new InputException("does not run", ""));
    assertThrows(InputException.class, () -> apply("inductor", model("x + 1"), batch(2), packages));
  }

  @Test
  void forAGpuTheModeIsARecordingOfRuns() {
    for (String recipe :
        List.of(
            "gpu+inductor:mode=reduce-overhead",
            "inductor:mode=reduce-overhead+cudagraphs",
            "inductor+cudagraphs+gpu")) {
      assertEquals("inductor+gpu+cudagraphs", Recipe.parse(recipe).toString(), recipe);
    }
    Recipe onCpu = Recipe.parse("inductor:mode=reduce-overhead");
    assertEquals("inductor:mode=reduce-overhead", onCpu.toString());
    assertTrue(onCpu.obstacle(Machine.current()).orElseThrow().contains("add gpu to it"));
    Recipe there = onCpu.on(Device.cuda(1));
    assertEquals("inductor+gpu:index=1+cudagraphs", there.toString());
    assertTrue(there.obstacle(Machine.current()).isEmpty());
    assertEquals("gpu:index=1+cudagraphs", there.ofSaved().toString());
    assertEquals(
        "inductor:mode=max-autotune+gpu+cudagraphs",
        Recipe.parse("cudagraphs+inductor:mode=max-autotune").toString());
  }

  /** Neither falls back to what is for the CPU. */
  @Test
  void aDeviceThatIsNotThereIsAReason() {
    assumeTrue(Devices.count(Device.Type.XPU) == 0);
    UnsupportedException missing =
        assertThrows(
            UnsupportedException.class,
            () -> apply("inductor+gpu:kind=xpu", model("x + 1"), batch(2)));
    assertTrue(String.valueOf(missing.getMessage()).contains("xpu"), missing::toString);
    assertEquals(List.of(), compiled);
  }

  @Test
  void recipesThatMakeNoSense() {
    for (String recipe :
        List.of(
            "inductor+onednn-graph",
            "inductor+compile",
            "inductor+channels-last",
            "inductor+dynamic-int8",
            "inductor+embedding-int8",
            "inductor+grad",
            "inductor+bf16-mixed:max-error=0.01")) {
      assertThrows(IllegalArgumentException.class, () -> Recipe.parse(recipe), recipe);
    }
    assertEquals("inductor", Recipe.parse("freeze+inductor").toString());
    Model model = model("x + 1");
    assertThrows(
        IllegalArgumentException.class, () -> Recipe.parse("inductor").apply(arena, model));
  }
}
