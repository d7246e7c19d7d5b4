package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.narthex.io.Elements;
import io.github.narthex.io.Npy;
import io.github.narthex.io.NpyArray;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Models that Python's torch saved give the outputs that Python's torch computed. */
class PythonOracleTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "mlp",
        "mlp-traced",
        "convnet",
        "tuple-output",
        "list-output",
        "embedding",
        "two-inputs"
      })
  void givesThePythonOutputs(String name) {
    try (Arena arena = Arena.ofConfined()) {
      Model model = Model.load(arena, Fixtures.path("models/" + name + ".pt"));
      Value[] inputs =
          read(arena, name + ".input").stream()
              .map(array -> Tensor.of(arena, array.data(), array.dtype(), array.shape()))
              .map(Value::of)
              .toArray(Value[]::new);
      List<NpyArray> expected = read(arena, name + ".output");
      for (int call = 0; call < 3; call++) {
        List<Tensor> outputs = model.forward(arena, inputs).tensors();
        assertEquals(expected.size(), outputs.size());
        for (int i = 0; i < outputs.size(); i++) {
          assertSame(expected.get(i), outputs.get(i));
        }
      }
    }
  }

  private static void assertSame(NpyArray expected, Tensor actual) {
    assertEquals(expected.dtype(), actual.dtype());
    assertEquals(expected.shape(), actual.shape());
    double[] values = actual.toDoubleArray();
    for (int i = 0; i < values.length; i++) {
      double value = Elements.getDouble(expected.data(), expected.dtype(), i);
      assertEquals(value, values[i], 1e-5 * Math.max(1, Math.abs(value)), "element " + i);
    }
  }

  /** The files name.0.npy, name.1.npy and so on. */
  private static List<NpyArray> read(Arena arena, String name) {
    List<NpyArray> arrays = new ArrayList<>();
    while (true) {
      Path file = Fixtures.path("models/" + name + "." + arrays.size() + ".npy");
      if (!Files.exists(file)) {
        return arrays;
      }
      arrays.add(Npy.read(arena, file));
    }
  }
}
