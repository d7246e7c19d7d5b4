package io.github.narthex;

import static io.github.narthex.MoreAssertions.assertThrowsWith;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** All kinds of values into models and out of them. */
@ExtendWith(LeakCheck.class)
class ValueTest {
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  private Model load(String name) {
    return Model.load(arena, Fixtures.path("models/" + name + ".pt"));
  }

  private Tensor tensor(float... values) {
    return Tensor.of(arena, values, values.length);
  }

  private Value value(float... values) {
    return Value.of(tensor(values));
  }

  private static List<Value> items(Value value) {
    return assertInstanceOf(Value.OfTuple.class, value).items();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "plain", "ü €\u0000 😀"})
  void scalars(String text) {
    List<Value> out =
        items(
            load("scalars")
                .forward(
                    arena,
                    value(1, 2),
                    Value.of(-3),
                    Value.of(Double.MAX_VALUE),
                    Value.of(true),
                    Value.of(text)));
    assertArrayEquals(new float[] {-3, -6}, out.get(0).tensor().toFloatArray());
    assertEquals(
        List.of(
            Value.of(-2),
            Value.of(Double.POSITIVE_INFINITY),
            Value.of(false),
            Value.of(text + "!")),
        out.subList(1, 5));
  }

  @Test
  void extremeScalars() {
    Model model = load("scalars");
    List<Value> out =
        items(
            model.forward(
                arena,
                value(0),
                Value.of(Long.MAX_VALUE - 1),
                Value.of(Double.NaN),
                Value.of(false),
                Value.of("")));
    assertEquals(Value.of(Long.MAX_VALUE), out.get(1));
    assertEquals(Value.of(Double.NaN), out.get(2));
    // An integer is taken for a floating-point number, as in Python.
    out =
        items(
            model.forward(
                arena, value(0), Value.of(1), Value.of(2), Value.of(false), Value.of("")));
    assertEquals(Value.of(4.0), out.get(2));
  }

  @Test
  void listsOfScalars() {
    Model model = load("scalar-lists");
    List<Value> out =
        items(
            model.forward(
                arena,
                Value.of(new long[] {1, -2, Long.MAX_VALUE / 2}),
                Value.list(Value.of(0.5), Value.of(1))));
    assertEquals(Value.list(Value.of(2), Value.of(-4), Value.of(Long.MAX_VALUE - 1)), out.get(0));
    assertEquals(Value.list(Value.of(1.0), Value.of(1.5)), out.get(1));
    out = items(model.forward(arena, Value.list(Value.of(7)), Value.list()));
    assertEquals(List.of(Value.list(Value.of(14)), Value.list()), out);
  }

  @Test
  void nestedValues() {
    Value input =
        Value.tuple(
            value(1, 2),
            Value.dict(Map.of("a", Value.list(value(10, 20), value(1, 1)), "b", Value.list())));
    Value.OfDict out = assertInstanceOf(Value.OfDict.class, load("nested").forward(arena, input));
    assertEquals(2, out.entries().size());
    List<Value> a = items(out.entries().getOrDefault(Value.of("a"), Value.none()));
    assertArrayEquals(new float[] {12, 23}, a.get(0).tensor().toFloatArray());
    assertEquals(Value.list(Value.of(2), Value.of(2)), a.get(1));
    List<Value> b = items(out.entries().getOrDefault(Value.of("b"), Value.none()));
    assertArrayEquals(new float[] {1, 2}, b.get(0).tensor().toFloatArray());
    assertEquals(Value.list(), b.get(1));
    assertEquals(2, out.tensors().size());
  }

  @Test
  void listsAndDictsOfTensors() {
    Value list = Value.list(value(1), value(2, 3), value(4));
    assertArrayEquals(
        new float[] {1, 2, 3, 4}, load("list-input").forward(arena, list).tensor().toFloatArray());
    Map<Value, Value> out =
        assertInstanceOf(Value.OfDict.class, load("dict-output").forward(arena, value(1, 2)))
            .entries();
    // In the order of the model's dict.
    assertEquals(List.of(Value.of("sum"), Value.of("double")), List.copyOf(out.keySet()));
    List<Tensor> tensors = load("dict-output").forward(arena, value(1, 2)).tensors();
    assertEquals(3, tensors.get(0).item());
    assertArrayEquals(new float[] {2, 4}, tensors.get(1).toFloatArray());
  }

  @Test
  void modelsThatChangeWhatTheyAreGiven() {
    List<Value> given = new ArrayList<>(List.of(value(1)));
    Value list = new Value.OfList(given);
    Value out = load("changes-containers").forward(arena, list, Value.of(new long[] {1, 2, 3}));
    assertEquals(Value.tuple(Value.of(2), Value.of(4)), out);
    assertEquals(1, list.tensors().size());
  }

  @Test
  void optionals() {
    Model model = load("optional-argument");
    Tensor x = tensor(1, 2);
    assertArrayEquals(new float[] {1, 2}, model.forward(arena, x).toFloatArray());
    assertArrayEquals(new float[] {11, 22}, model.forward(arena, x, tensor(10, 20)).toFloatArray());
    assertArrayEquals(
        new float[] {2, 4},
        model.forward(arena, Value.of(x), Value.none(), Value.of(2.0)).tensor().toFloatArray());
    Model output = load("optional-output");
    assertEquals(Value.none(), output.forward(arena, Value.of(x), Value.of(false)));
    assertArrayEquals(
        new float[] {1, 2},
        output.forward(arena, Value.of(x), Value.of(true)).tensor().toFloatArray());
  }

  @Test
  void everyDtypeComesOut() {
    List<Tensor> tensors = load("dtypes").forward(arena, value(0)).tensors();
    assertEquals(
        List.of(
            DType.FLOAT32,
            DType.FLOAT64,
            DType.FLOAT16,
            DType.BFLOAT16,
            DType.INT8,
            DType.INT16,
            DType.INT32,
            DType.INT64,
            DType.UINT8,
            DType.BOOL),
        tensors.stream().map(Tensor::dtype).toList());
    for (Tensor tensor : tensors) {
      double last = tensor.dtype() == DType.BOOL ? 1 : 2;
      assertArrayEquals(new double[] {0, 1, last}, tensor.toDoubleArray(), tensor::toString);
    }
  }

  /** A tensor of a dtype without a name can be passed on to operators, but not looked at. */
  @Test
  void dtypesWithoutAName() {
    Value half = Value.of(tensor(1, 2).to(DType.FLOAT16));
    Tensor complex = Operator.of("aten::complex").tensor(arena, half, half);
    for (Executable use :
        List.<Executable>of(
            complex::dtype, complex::shape, complex::segment, complex::toFloatArray)) {
      assertThrowsWith(UnsupportedException.class, "complex", use);
    }
    Tensor parts = Operator.of("aten::view_as_real").tensor(arena, Value.of(complex));
    assertArrayEquals(new float[] {1, 1, 2, 2}, parts.toFloatArray());
  }

  @Test
  void wrongKindsNameTheParameter() {
    Value x = value(1);
    Model scalars = load("scalars");
    Value[] right = {x, Value.of(1), Value.of(1.0), Value.of(true), Value.of("s")};
    String[] expected = {
      "argument 'x': expected Tensor, got an integer",
      "argument 'i': expected int, got a floating-point number",
      "argument 'd': expected float, got a string",
      "argument 'flag': expected bool, got an integer",
      "argument 's': expected str, got a tensor"
    };
    Value[] wrong = {Value.of(1), Value.of(1.5), Value.of("1"), Value.of(1), x};
    for (int i = 0; i < right.length; i++) {
      Value[] given = right.clone();
      given[i] = wrong[i];
      assertThrowsWith(
          IllegalArgumentException.class, expected[i], () -> scalars.forward(arena, given));
    }
    refused("list-input", "'xs': expected List[Tensor], got a tensor", x);
    refused("list-input", "'xs': expected Tensor, got an integer", Value.list(x, Value.of(1)));
    refused("list-input", "'xs'", Value.of(new long[] {1}));
    refused("scalar-lists", "'ints': expected int, got", Value.list(Value.of(0.5)), Value.list());
    refused("nested", "'x': expected Tuple", Value.list(x));
    refused("nested", "'x'", Value.tuple(x));
    refused("nested", "'x'", Value.tuple(x, Value.dict(Map.of("a", x))));
    refused("nested", "'x'", Value.tuple(x, new Value.OfDict(Map.of(x, Value.list()))));
    refused("mlp", "'x': expected Tensor, got none", Value.none());
    refused("mlp", "'x': expected Tensor, got a dtype", Value.of(DType.INT8));
  }

  private void refused(String model, String part, Value... given) {
    assertThrowsWith(IllegalArgumentException.class, part, () -> load(model).forward(arena, given));
  }

  @Test
  void wrongCountsSayHowMany() {
    Value x = value(1);
    refused("mlp", "forward takes 1 argument, got 2", x, x);
    refused("mlp", "argument 'x' (Tensor) is missing; expected 1, got 0");
    refused("two-inputs", "argument 'b' (Tensor) is missing; expected 2, got 1", x);
  }

  @Test
  void nestedTooDeeply() {
    Value value = value(1);
    for (int i = 0; i < 100; i++) {
      value = Value.list(value);
    }
    Value deep = value;
    assertThrowsWith(
        IllegalArgumentException.class, "'xs'", () -> load("list-input").forward(arena, deep));
  }

  @Test
  void aValueIsWhatItIs() {
    assertThrowsWith(IllegalStateException.class, "expected a tensor", Value.of(1)::tensor);
    assertThrowsWith(
        IllegalStateException.class,
        "expected a tensor, got a tuple of 2: call forward(arena, Value...) for it",
        () -> load("tuple-output").forward(arena, tensor(1)));
  }
}
