package io.github.narthex;

import static io.github.narthex.MoreAssertions.assertThrowsWith;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.io.Npy;
import io.github.narthex.io.NpyArray;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TorchScript source, compiled. */
@ExtendWith(LeakCheck.class)
class ScriptTest {
  @TempDir Path folder = Path.of("");
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  private Tensor npy(String name) {
    NpyArray array = Npy.read(arena, Fixtures.path("modules/script." + name + ".npy"));
    return Tensor.of(arena, array.data(), array.dtype(), array.shape());
  }

  private Tensor tensor(float... values) {
    return Tensor.of(arena, values, values.length);
  }

  @Test
  void oneLine() {
    Model model = Model.script(arena, "def forward(self, x): return x.relu() + 1");
    assertArrayEquals(new float[] {1, 3}, model.forward(arena, tensor(-5, 2)).toFloatArray());
    assertFalse(model.training());
    assertEquals(Map.of(), model.parameters());
  }

  /** Control flow, a default, a method that calls another: as Python compiles and computes it. */
  @Test
  void computesWhatPythonComputes() throws IOException {
    Weights weights =
        new Weights().parameter("layer.weight", npy("weight")).parameter("layer.bias", npy("bias"));
    String source = Files.readString(Fixtures.path("modules/script.txt"));
    Model model = Model.script(arena, weights, source);
    Value x = Value.of(npy("input"));
    float[] expected = npy("output").toFloatArray();
    Map<String, Value> scale = Map.of("scale", Value.of(3.0));
    assertArrayEquals(
        expected, model.call(arena, "forward", List.of(x), scale).tensor().toFloatArray(), 1e-5f);
    assertEquals(1, model.call(arena, "last", List.of(Value.of(tensor(0)))).tensor().item());
    model.save(folder.resolve("script.pt"));
    Model again = Model.load(arena, folder.resolve("script.pt"));
    for (Model same : List.of(again, model.freeze(arena), model.eval(arena))) {
      assertArrayEquals(
          expected, same.call(arena, "forward", List.of(x), scale).tensor().toFloatArray(), 1e-5f);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "def forward(self, x):\n    return x.rleu()\n",
        "def forward(self, x)\n    return x\n",
        "def forward(self, x):\n    return self.weight\n",
        "def forward(self, x):\n    return y\n",
        "def forward(self, x):\n    return x +\n",
        "def forward(self, x: Nonsense):\n    return x\n",
        "def forward(self, x):\nreturn x\n",
        "def forward(x):\n    return x\ndef forward(x):\n    return x\n",
        "import os\n",
        "\u0001\u00ff",
      })
  void sourceThatDoesNotCompile(String source) {
    assertThrowsWith(
        ScriptException.class, "the source does not compile: ", () -> Model.script(arena, source));
  }

  @Test
  void thePlaceIsShown() {
    ScriptException e =
        assertThrows(
            ScriptException.class,
            () -> Model.script(arena, "def forward(self, x):\n    return x.rleu()\n"));
    assertTrue(String.valueOf(e.getMessage()).contains("rleu"), e.getMessage());
    assertTrue(e.detail().contains("return x.rleu()"), e.detail());
    assertTrue(e.detail().contains("~~~"), e.detail());
  }

  /** One line with the place, in the user's source, and nothing that changes between runs. */
  @Test
  void theMessageNamesTheLine() {
    assertReason(
        "line 1: expected ':' but found 'indent', in: def forward(self, x)",
        "def forward(self, x)\n    return x\n");
    assertReason(
        "line 2: 'Tensor (inferred)' object has no attribute or method 'rleu', in: return x.rleu()",
        "def forward(self, x):\n    return x.rleu()\n");
    assertReason(
        "line 2: expected ident but found 'newline', in: return x +",
        "def forward(self, x):\n    return x +\n\n");
    assertReason(
        "line 4: undefined value z, in: return z",
        "def forward(self, x):\n    return self.other(x)\ndef other(self, x):\n    return z\n");
    assertReason(
        "line 2: '__torch__.narthex.Model' object has no attribute or method 'weight'. Did you"
            + " forget to initialize an attribute in __init__()?, in: return self.weight",
        "def forward(self, x):\n    return self.weight\n");
    assertReason(
        "Can't redefine method: forward on class: __torch__.narthex.Model",
        "def forward(x):\n    return x\ndef forward(x):\n    return x\n");
    assertReason(
        "line 2: undefined value z",
        "def forward(self, x):\n    return " + "x + ".repeat(20) + "z\n");
  }

  private void assertReason(String expected, String source) {
    ScriptException e = assertThrows(ScriptException.class, () -> Model.script(arena, source));
    assertEquals("the source does not compile: " + expected, e.getMessage());
  }

  @Test
  void whatIsRefused() {
    assertThrowsWith(
        IllegalArgumentException.class, "defines no method", () -> Model.script(arena, ""));
    assertThrowsWith(IllegalArgumentException.class, "NUL", () -> Model.script(arena, "def f\0"));
    String deep = "def forward(self, x):\n    return " + "(".repeat(100_000) + "x";
    assertThrowsWith(
        IllegalArgumentException.class, "nests too deeply", () -> Model.script(arena, deep));
    String line = "def forward(self, x):\n    return x";
    for (String source :
        List.of(
            "def forward(self, x):\n    \"\"\" \" \"\"\"\n    return " + "(".repeat(20_000) + "x",
            line + " + \\\n x".repeat(20_000),
            line + ".T".repeat(20_000),
            "def forward(self, x):\n"
                + "    if x.size(0) > 1:\n        return x\n".repeat(2_000)
                + "    return x")) {
      assertThrowsWith(
          IllegalArgumentException.class, "nests too deeply", () -> Model.script(arena, source));
    }
    Weights both = new Weights().parameter("a", tensor(1)).parameter("a.b", tensor(1));
    assertThrowsWith(
        IllegalArgumentException.class,
        "'a' is both a tensor and a module",
        () -> Model.script(arena, both, "def forward(self, x): return x"));
  }
}
