package io.github.narthex.io;

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
import io.github.narthex.Shape;
import io.github.narthex.Value;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
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
        "1 1 names=1 | there is no input for 'mask'",
      })
  void saysWhatDoesNotFit(String specs, String reason) {
    var e =
        assertThrows(
            IllegalArgumentException.class, () -> ModelInputs.of(FORWARD, specs(specs), 1));
    String message = String.valueOf(e.getMessage());
    assertTrue(message.startsWith(reason), message);
  }

  @Test
  void makesTheArgumentsOfACall() {
    Model model = Model.load(arena, Fixtures.path("models/embedding.pt"));
    ModelInputs inputs = ModelInputs.of(model, specs("2x5:int64:0..99"), 1);
    assertTrue(inputs.isVaried());
    List<Value> first = inputs.sample(arena, 0);
    assertEquals(DType.INT64, first.getFirst().tensor().dtype());
    assertEquals(0, first.getFirst().tensor().segment().address() % 64);
    long[] ids = first.getFirst().tensor().toLongArray();
    assertFalse(Arrays.equals(ids, inputs.sample(arena, 1).getFirst().tensor().toLongArray()));
    Value output = model.forward(arena, first.toArray(Value[]::new));
    assertEquals(Shape.of(2, 6), output.tensor().shape());
  }

  @Test
  void readsTensorsAndNumbersFromFiles() {
    String x = "x=" + Fixtures.path("npy/f4-little.npy");
    ModelInputs inputs =
        ModelInputs.of(FORWARD, specs(x + " rate=" + Fixtures.path("npy/scalar.npy")), 1);
    assertFalse(inputs.isVaried());
    List<Value> values = inputs.sample(arena, 0);
    assertEquals(Shape.of(2, 3), values.get(0).tensor().shape());
    assertEquals(new Value.OfInt(1), values.get(1));
    ModelInputs wrong =
        ModelInputs.of(FORWARD, specs(x + " rate=" + Fixtures.path("npy/f4-little.npy")), 1);
    assertThrows(InputException.class, () -> wrong.sample(arena, 0));
  }

  @Test
  void hintsAtAnImageWithItsChannelsLast() {
    Model model = Model.load(arena, Fixtures.path("models/convnet.pt"));
    List<Value> values = ModelInputs.of(model, specs("1x32x40x3"), 1).sample(arena, 0);
    OperatorException failure =
        assertThrows(
            OperatorException.class, () -> model.forward(arena, values.toArray(Value[]::new)));
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
    List<Value> values = ModelInputs.of(model, List.copyOf(guess.specs()), 1).sample(arena, 0);
    assertTrue(model.forward(arena, values.toArray(Value[]::new)).tensor().elementCount() > 0);
  }

  private static List<InputSpec> specs(String text) {
    return Arrays.stream(text.split(" ")).map(InputSpec::parse).toList();
  }
}
