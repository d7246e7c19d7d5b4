package io.github.narthex.strategy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import io.github.narthex.DType;
import io.github.narthex.Fixtures;
import io.github.narthex.Generator;
import io.github.narthex.Model;
import io.github.narthex.Shape;
import io.github.narthex.Tensor;
import io.github.narthex.Tensors;
import io.github.narthex.UnsupportedException;
import io.github.narthex.Value;
import io.github.narthex.Version;
import io.github.narthex.export.Python;
import io.github.narthex.internal.files.BoundedCache;
import io.github.narthex.io.MadeSamples;
import io.github.narthex.io.Samples;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compiling by Inductor with a real Python; skipped where none has libtorch's version of torch. */
class InductorPythonTest {
  @TempDir Path directory = Path.of("");

  @BeforeAll
  static void findPython() {
    try {
      Python.forLibtorch(null, System.getenv(), Version.libtorch());
    } catch (UnsupportedException e) {
      abort("nothing can be compiled by Inductor here: " + e.getMessage());
    }
  }

  private static Tensor batch(Arena arena, long rows) {
    return Tensors.randn(arena, DType.FLOAT32, Shape.of(rows, 8), Generator.seeded(arena, rows));
  }

  private static Samples samples(String name) {
    return new MadeSamples(1, name, (arena, index) -> Value.of(batch(arena, 4)));
  }

  @Test
  void oneCodeForAllBatches() {
    CompiledPackages packages =
        new CompiledPackages(
            new BoundedCache(directory, 1 << 30), CompiledPackages.ofThisUser().compiler());
    try (Arena arena = Arena.ofConfined()) {
      Model model = Model.load(arena, Fixtures.path("models/mlp.pt"));
      String name = model.methods().getFirst().arguments().getFirst().name();
      Recipe recipe = Recipe.parse("inductor:dynamic=true:fullgraph=true");
      Applied applied =
          new Application(recipe.byStrategy(), samples(name), packages).to(arena, model);
      assertTrue(applied.model().isCompiled());
      assertEquals(recipe, applied.recipe());
      for (long rows : new long[] {1, 4, 7}) {
        Tensor input = batch(arena, rows);
        assertArrayEquals(
            model.forward(arena, input).toFloatArray(),
            applied.model().forward(arena, input).toFloatArray(),
            1e-5f,
            rows + " rows");
      }
    }
  }
}
