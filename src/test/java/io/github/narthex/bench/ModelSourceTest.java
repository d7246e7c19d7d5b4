package io.github.narthex.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.DType;
import io.github.narthex.InputException;
import io.github.narthex.Model;
import io.github.narthex.Shape;
import io.github.narthex.Tensors;
import io.github.narthex.Value;
import io.github.narthex.Weights;
import io.github.narthex.io.InputSpec;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ModelSourceTest {
  @TempDir Path folder = Path.of("");
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  /** A file of a linear layer, 8 to 4. */
  private ModelSource linear(DType dtype) {
    Weights weights = new Weights().parameter("weight", Tensors.ones(arena, dtype, Shape.of(4, 8)));
    Model model =
        Model.script(
            arena, weights, "def forward(self, x):\n    return torch.linear(x, self.weight)\n");
    Path file = folder.resolve(dtype + ".pt");
    model.save(file);
    return ModelSource.of(arena, file.toString(), 0);
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT16", "BFLOAT16", "FLOAT32", "FLOAT64"})
  void theGuessedInputIsOfTheWeightsDType(DType dtype) {
    ModelSource source = linear(dtype);
    assertInput(dtype, source, source.model());
    assertInput(dtype, source, source.model().freeze(arena));
  }

  private void assertInput(DType dtype, ModelSource source, Model model) {
    ModelSource same = new ModelSource(model, source.builtin(), source.file(), false);
    Map<String, Value> inputs = same.inputs(List.of(), 0, 0).sample(arena, 0);
    assertEquals(dtype, inputs.values().iterator().next().tensor().dtype());
    Value output = ModelSource.run(arena, model, inputs);
    assertEquals(Shape.of(1, 4), output.tensor().shape());
    assertEquals(dtype, output.tensor().dtype());
  }

  @Test
  void anInputOfAnotherDType() {
    String message = failure("1x8:float32", linear(DType.FLOAT16));
    assertTrue(
        message.endsWith("(called with float32 1x8); the model's weights are float16"), message);
    // Its shape is what is wrong here.
    String shape = failure("1x7:float16", linear(DType.FLOAT16));
    assertFalse(shape.contains("weights are"), shape);
  }

  private String failure(String spec, ModelSource source) {
    Map<String, Value> inputs =
        source.inputs(List.of(InputSpec.parse(spec)), 0, 0).sample(arena, 0);
    InputException e =
        assertThrows(InputException.class, () -> ModelSource.run(arena, source.model(), inputs));
    return String.valueOf(e.getMessage());
  }
}
