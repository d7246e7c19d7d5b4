package io.github.narthex.strategy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.narthex.Device;
import io.github.narthex.LeakCheck;
import io.github.narthex.Model;
import io.github.narthex.PretendDevice;
import io.github.narthex.PretendPackage;
import io.github.narthex.Session;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Inductor for a device, with a package that stands in for what Python would make. */
@ExtendWith({PretendDevice.class, LeakCheck.class})
class InductorOnDeviceTest {
  private static final String DONE = "{\"seconds\":{\"compile\":2},\"torch\":\"2.15.0\"}";
  private static final String THERE = "+gpu:kind=privateuseone";

  private final List<ExportTask> compiled = new ArrayList<>();

  @TempDir Path directory = Path.of("");

  private JsonObject compile(ExportTask task) {
    compiled.add(task);
    try {
      Files.move(PretendPackage.in(directory), task.output());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return JsonParser.parseString(DONE).getAsJsonObject();
  }

  private CompiledPackages packages(String torch) {
    BoundedCache cache = new BoundedCache(directory.resolve("inductor"), 1 << 30);
    return new CompiledPackages(cache, this::compile, () -> torch);
  }

  private static Applied apply(Arena arena, String recipe, CompiledPackages packages) {
    Samples samples =
        new MadeSamples(1, "x", (made, index) -> Value.of(Tensor.of(made, new float[3], 1, 3)));
    Model model = Model.script(arena, "def forward(self, x):\n  return x[:, :2]").eval(arena);
    return new Application(Recipe.parse(recipe).byStrategy(), samples, packages).to(arena, model);
  }

  private static float[] run(Arena arena, Model model, boolean isRecorded) {
    Tensor input = Tensor.of(arena, new float[] {1, 2, 3}, 1, 3);
    Session session = Session.open(arena, model, Value.of(input));
    session.run();
    assertEquals(isRecorded, session.isRecorded(), () -> session.whyNotRecorded().orElse(""));
    session.run();
    assertEquals(Device.CPU, session.output(0).device());
    return session.output(0).toFloatArray();
  }

  @Test
  void compiledForTheDeviceAndCalledThere() {
    try (Arena arena = Arena.ofConfined()) {
      Applied applied = apply(arena, "inductor" + THERE, packages("2.15.0"));
      assertTrue(applied.model().isCompiled());
      assertEquals("privateuseone:0", compiled.getFirst().device());
      assertArrayEquals(new float[] {7.5f, 0}, run(arena, applied.model(), false));
    }
  }

  @Test
  void withReducedOverheadItIsRecorded() {
    try (Arena arena = Arena.ofConfined()) {
      String recipe = "inductor:mode=reduce-overhead" + THERE;
      Applied applied = apply(arena, recipe, packages("2.15.0"));
      assertEquals("inductor" + THERE + "+cudagraphs", applied.recipe().toString());
      assertFalse(compiled.getFirst().maxAutotune());
      assertArrayEquals(new float[] {7.5f, 0}, run(arena, applied.model(), true));
    }
  }

  @Test
  void compiledOnceForEachTorchAndHowItIsRun() {
    try (Arena arena = Arena.ofConfined()) {
      apply(arena, "inductor" + THERE, packages("2.15.0"));
      apply(arena, "inductor" + THERE + "+cudagraphs", packages("2.15.0+cu132"));
      assertEquals(1, compiled.size());
      apply(arena, "inductor" + THERE, packages("2.15.1"));
      assertEquals(2, compiled.size(), "another torch");
      apply(arena, "inductor+bf16" + THERE, packages("2.15.0"));
      assertEquals(3, compiled.size());
      assertEquals("bfloat16", compiled.getLast().dtype());
      assertThrows(
          UnsupportedException.class, // the package that is made is not for the CPU
          () -> apply(arena, "inductor:fullgraph=true", packages("2.15.0")));
      assertEquals(4, compiled.size(), "another kind of device");
    }
  }

  /** What compiles otherwise is for the CPU. */
  @Test
  void whereItFailsNothingElseIsTried() {
    CompiledPackages failing =
        new CompiledPackages(
            new BoundedCache(directory.resolve("inductor"), 1 << 30),
            task -> {
              throw new UnsupportedException("no such device, says Python");
            });
    try (Arena arena = Arena.ofConfined()) {
      UnsupportedException reason =
          assertThrows(UnsupportedException.class, () -> apply(arena, "inductor" + THERE, failing));
      assertEquals("no such device, says Python", reason.getMessage());
    }
  }
}
