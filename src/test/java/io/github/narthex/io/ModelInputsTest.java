package io.github.narthex.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.DType;
import io.github.narthex.Fixtures;
import io.github.narthex.InputException;
import io.github.narthex.Method;
import io.github.narthex.Method.Argument;
import io.github.narthex.Model;
import io.github.narthex.OperatorException;
import io.github.narthex.Session;
import io.github.narthex.Shape;
import io.github.narthex.Tensor;
import io.github.narthex.Value;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelInputsTest {
  private static final Method FORWARD =
      new Method(
          "forward",
          List.of(
              new Argument("x", "Tensor", false),
              new Argument("rate", "int", false),
              new Argument("mask", "Optional[Tensor]", true),
              new Argument("names", "List[str]", true)),
          "");

  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  @ParameterizedTest
  @CsvSource({
    "1x8 scalar:int64:7..7, 1x8:float32 scalar:int64:7..7",
    "rate=scalar:int64 1x8, 1x8:float32 rate=scalar:int64",
    "mask=1x8:bool 1x8 1:int32, 1x8:float32 1:int32 mask=1x8:bool",
    "x=a.npy rate=b.npy, x=a.npy rate=b.npy",
  })
  void putsSpecsInTheOrderOfTheArguments(String specs, String ordered) {
    assertEquals(specs(ordered), ModelInputs.of(FORWARD, specs(specs), 1).specs());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1x8 | there is no input for 'rate': forward takes (x: Tensor, rate: int, mask:"
            + " Optional[Tensor] (optional), names: List[str] (optional))",
        "mask=1 | there is no input for 'x'",
        "1 1 1 1 1 | there are 5 inputs, and forward takes (x: Tensor, ",
        "y=1 | there is no argument 'y': forward takes (x: Tensor, ",
        "x=1 x=2 | the input 'x' is described twice",
        "1x8 1x8 | the argument 'rate' is a single int, described as 1x8:float32: expected for"
            + " example scalar:int64:16000..16000",
        "1 1 1 1 | the argument 'names' is a List[str], which can't be described as an input: call"
            + " the model from Java",
        "1 1 names=1 | the argument 'names' is a List[str], which can't be described as an input",
      })
  void saysWhatDoesNotFit(String specs, String reason) {
    var e =
        assertThrows(
            IllegalArgumentException.class, () -> ModelInputs.of(FORWARD, specs(specs), 1));
    String message = String.valueOf(e.getMessage());
    assertTrue(message.startsWith(reason), message);
  }

  @Test
  void leavesOutOptionalArgumentsAnywhere() {
    Model model =
        Model.script(
            arena,
            """
            def forward(self, x: Tensor, mask: Optional[Tensor] = None, scale: float = 1.0, k: int = 2):
              return x * scale * k if mask is None else mask
            """);
    String x = "x=" + Fixtures.path("npy/f4-little.npy");
    float[] given = tensor(ModelInputs.of(model, specs(x), 1).sample(arena, 0)).toFloatArray();
    for (String spec : List.of(" scale=scalar:float64:2..2", " k=scalar:int64:4..4")) {
      Map<String, Value> values = ModelInputs.of(model, specs(x + spec), 1).sample(arena, 0);
      assertEquals(2, values.size());
      Session session = Session.open(arena, model, "forward", List.of(), values);
      session.run();
      float[] called = model.call(arena, "forward", List.of(), values).tensor().toFloatArray();
      assertArrayEquals(called, session.output(0).toFloatArray());
      for (int i = 0; i < given.length; i++) {
        assertEquals(4 * given[i], called[i]);
      }
    }
  }

  @Test
  void aForwardWithoutInputs() {
    Model none = Model.script(arena, "def forward(self):\n  return torch.ones(2)\n");
    assertEquals(List.of(), ((InputGuess.Known) InputGuess.of(none)).specs());
    Map<String, Value> values = ModelInputs.of(none, List.of(), 1).sample(arena, 0);
    assertEquals(2, none.call(arena, "forward", List.of(), values).tensor().elementCount());
    assertRefused(
        "forward takes no inputs, 1 was given", () -> ModelInputs.of(none, specs("x=1x2"), 1));
    assertRefused(
        "forward takes no inputs, 2 were given", () -> ModelInputs.of(none, specs("1 2"), 1));
  }

  @Test
  void namesTheMethodsWhereThereIsNoForward() {
    Model model =
        Model.script(arena, "def forward__0(self, x):\n  return x\ndef other(self):\n  return 1\n");
    for (Executable call :
        List.<Executable>of(
            () -> InputGuess.of(model), () -> ModelInputs.of(model, specs("1"), 1))) {
      assertRefused("the model has no method forward, it has: forward__0, other", call);
    }
  }

  @Test
  void makesTheArgumentsOfACall() {
    Model model = Model.load(arena, Fixtures.path("models/embedding.pt"));
    ModelInputs inputs = ModelInputs.of(model, specs("2x5:int64:0..99"), 1);
    assertTrue(inputs.isVaried());
    Map<String, Value> first = inputs.sample(arena, 0);
    assertEquals(DType.INT64, tensor(first).dtype());
    assertEquals(0, tensor(first).segment().address() % 64);
    long[] ids = tensor(first).toLongArray();
    assertFalse(Arrays.equals(ids, tensor(inputs.sample(arena, 1)).toLongArray()));
    Value output = model.call(arena, "forward", List.of(), first);
    assertEquals(Shape.of(2, 6), output.tensor().shape());
  }

  @Test
  void readsTensorsAndNumbersFromFiles() {
    String x = "x=" + Fixtures.path("npy/f4-little.npy");
    ModelInputs inputs =
        ModelInputs.of(FORWARD, specs(x + " rate=" + Fixtures.path("npy/scalar.npy")), 1);
    assertFalse(inputs.isVaried());
    Map<String, Value> values = inputs.sample(arena, 0);
    assertEquals(List.of("x", "rate"), List.copyOf(values.keySet()));
    assertEquals(Shape.of(2, 3), tensor(values).shape());
    assertEquals(new Value.OfInt(1), values.get("rate"));
    ModelInputs wrong =
        ModelInputs.of(FORWARD, specs(x + " rate=" + Fixtures.path("npy/f4-little.npy")), 1);
    assertThrows(InputException.class, () -> wrong.sample(arena, 0));
  }

  @Test
  void hintsAtAnImageWithItsChannelsLast() {
    Model model = Model.load(arena, Fixtures.path("models/convnet.pt"));
    Map<String, Value> values = ModelInputs.of(model, specs("1x32x40x3"), 1).sample(arena, 0);
    OperatorException failure =
        assertThrows(
            OperatorException.class, () -> model.call(arena, "forward", List.of(), values));
    assertTrue(
        String.valueOf(failure.getMessage())
            .endsWith(
                "(called with float32 1x32x40x3); the input 1x32x40x3 looks like an image as height"
                    + " x width x channels; PyTorch's convolutions take N x channels x height x"
                    + " width, here 1x3x32x40"),
        failure.getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "convnet, 1x3x224x224:float32",
    "mlp, 1x8:float32",
    "mlp-frozen, 1x8:float32",
    "embedding, 1x128:int64:0..99"
  })
  void theGuessFitsTheModel(String name, String spec) {
    Model model = Model.load(arena, Fixtures.path("models/" + name + ".pt"));
    var guess = (InputGuess.Known) InputGuess.of(model);
    assertEquals(specs(spec), guess.specs());
    Map<String, Value> values =
        ModelInputs.of(model, List.copyOf(guess.specs()), 1).sample(arena, 0);
    assertTrue(model.call(arena, "forward", List.of(), values).tensor().elementCount() > 0);
  }

  private static void assertRefused(String message, Executable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
  }

  private static Tensor tensor(Map<String, Value> values) {
    return values.values().iterator().next().tensor();
  }

  private static List<InputSpec> specs(String text) {
    return Arrays.stream(text.split(" ")).map(InputSpec::parse).toList();
  }
}
