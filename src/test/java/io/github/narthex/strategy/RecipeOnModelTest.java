package io.github.narthex.strategy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.DType;
import io.github.narthex.Fixtures;
import io.github.narthex.Model;
import io.github.narthex.Shape;
import io.github.narthex.Tensor;
import io.github.narthex.io.Npy;
import io.github.narthex.io.NpyArray;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecipeOnModelTest {
  static List<Recipe> curated() {
    return Recipe.curated();
  }

  @ParameterizedTest
  @MethodSource("curated")
  void keepsTheAnswersOfPython(Recipe recipe) {
    try (Arena arena = Arena.ofConfined()) {
      Tensor input = read(arena, "convnet.input.0");
      float[] expected = read(arena, "convnet.output.0").toFloatArray();
      Model model = recipe.applyTo(arena, Model.load(arena, Fixtures.path("models/convnet.pt")));
      // The first calls profile and compile, so each of them is another program.
      for (int call = 0; call < 4; call++) {
        Tensor output = model.forward(arena, input);
        assertEquals(DType.FLOAT32, output.dtype());
        assertEquals(Shape.of(2, 10), output.shape());
        boolean changesDtypes = recipe.strategies().stream().anyMatch(Strategy::changesDtypes);
        assertClose(expected, output.toFloatArray(), changesDtypes ? 0.02f : 1e-5f);
      }
    }
  }

  @Test
  void leavesTheOriginalAsItWas() {
    try (Arena arena = Arena.ofConfined()) {
      Tensor input = read(arena, "convnet.input.0");
      float[] expected = read(arena, "convnet.output.0").toFloatArray();
      Model model = Model.load(arena, Fixtures.path("models/convnet.pt"));
      for (Recipe recipe : Recipe.curated()) {
        recipe.applyTo(arena, model).forward(arena, input);
        assertClose(expected, model.forward(arena, input).toFloatArray(), 1e-5f);
      }
      assertEquals(8, model.parameters().size());
    }
  }

  @ParameterizedTest
  @MethodSource("curated")
  void outlivesTheOriginal(Recipe recipe) {
    try (Arena arena = Arena.ofConfined()) {
      Model changed;
      try (Arena original = Arena.ofConfined()) {
        Model model = Model.load(original, Fixtures.path("models/convnet.pt"));
        changed = recipe.applyTo(arena, model);
      }
      assertEquals(Shape.of(2, 10), changed.forward(arena, read(arena, "convnet.input.0")).shape());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"freeze", "onednn-graph", "optimize-for-inference", "freeze+bf16"})
  void doesNotFreezeAModelInTraining(String text) {
    try (Arena arena = Arena.ofConfined()) {
      Model model = Model.load(arena, Fixtures.path("models/training.pt"));
      var e =
          assertThrows(IllegalStateException.class, () -> Recipe.parse(text).applyTo(arena, model));
      assertTrue(String.valueOf(e.getMessage()).contains("training mode"));
    }
  }

  private static Tensor read(Arena arena, String name) {
    NpyArray array = Npy.read(arena, Fixtures.path("models/" + name + ".npy"));
    return Tensor.of(arena, array.data(), array.dtype(), array.shape());
  }

  private static void assertClose(float[] expected, float[] actual, float relative) {
    float scale = 0;
    for (float value : expected) {
      scale = Math.max(scale, Math.abs(value));
    }
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], actual[i], relative * scale, "element " + i);
    }
  }
}
