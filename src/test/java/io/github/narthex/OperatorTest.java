package io.github.narthex;

import static io.github.narthex.MoreAssertions.assertThrowsWith;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakCheck.class)
class OperatorTest {
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  private Value value(float... values) {
    return Value.of(Tensor.of(arena, values, values.length));
  }

  private float[] call(String operator, Value... arguments) {
    return Operator.of(operator).tensor(arena, arguments).toFloatArray();
  }

  @Test
  void knowsItsSchema() {
    Operator add = Operator.of("aten::add.Tensor");
    assertEquals("aten::add.Tensor", add.name());
    assertEquals(
        "aten::add.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor", add.schema());
    assertEquals(add.schema(), add.toString());
    assertEquals(add, Operator.of("aten::add.Tensor"));
  }

  @Test
  void fillsInDefaults() {
    assertArrayEquals(new float[] {4, 6}, call("aten::add.Tensor", value(1, 2), value(3, 4)));
    assertArrayEquals(
        new float[] {7, 10}, call("aten::add.Tensor", value(1, 2), value(3, 4), Value.of(2)));
    assertArrayEquals(
        new float[] {2.5f, 4}, call("aten::add.Tensor", value(1, 2), value(3, 4), Value.of(0.5)));
  }

  @Test
  void severalResults() {
    List<Value> results = Operator.of("aten::topk").call(arena, value(3, 1, 2), Value.of(2));
    assertEquals(2, results.size());
    assertArrayEquals(new float[] {3, 2}, results.get(0).tensor().toFloatArray());
    assertArrayEquals(new long[] {0, 2}, results.get(1).tensor().toLongArray());
    Value list =
        Operator.of("aten::split.Tensor").call(arena, value(1, 2, 3), Value.of(2)).getFirst();
    assertEquals(2, list.tensors().size());
    assertArrayEquals(new float[] {3}, list.tensors().get(1).toFloatArray());
    assertEquals(
        List.of(Value.of(true)), Operator.of("aten::equal").call(arena, value(1), value(1)));
    assertEquals(
        List.of(),
        Operator.of("aten::_foreach_add_.Scalar").call(arena, Value.list(value(1)), Value.of(1)));
  }

  @Test
  void changesInPlace() {
    Tensor tensor = Tensor.of(arena, new float[] {1, 2}, 2);
    Tensor same = Operator.of("aten::mul_.Scalar").tensor(arena, Value.of(tensor), Value.of(3));
    assertArrayEquals(new float[] {3, 6}, tensor.toFloatArray());
    assertEquals(tensor.segment().address(), same.segment().address());
    // Also what a model returned: inference mode must not forbid it.
    Model model = Model.load(arena, Fixtures.path("models/mlp.pt"));
    Tensor output = model.forward(arena, Tensor.of(arena, new float[8], 1, 8));
    Operator.of("aten::zero_").call(arena, Value.of(output));
    assertArrayEquals(new float[4], output.toFloatArray());
  }

  @Test
  void otherKindsOfArguments() {
    Tensor zeros =
        Operator.of("aten::zeros")
            .tensor(
                arena,
                Value.of(new long[] {2, 3}),
                Value.of(DType.INT16),
                Value.none(),
                Value.of(Device.CPU));
    assertEquals(DType.INT16, zeros.dtype());
    assertEquals(Shape.of(2, 3), zeros.shape());
    assertArrayEquals(
        new float[] {1, 2, 3}, call("aten::cat", Value.list(value(1), value(2, 3)), Value.of(0)));
    assertArrayEquals(
        new float[] {2, 3},
        call(
            "aten::index.Tensor",
            value(1, 2, 3),
            Value.list(Value.of(Tensor.of(arena, new long[] {1, 2}, 2)))));
    assertArrayEquals(
        new float[] {0.5f, 0.5f},
        call("aten::div.Tensor_mode", value(1, 1), value(2, 2), Value.none()));
    assertArrayEquals(
        new float[] {0, 0},
        call("aten::div.Tensor_mode", value(1, 1), value(2, 2), Value.of("floor")));
  }

  @Test
  void refusesWhatIsNotInTheSchema() {
    Operator add = Operator.of("aten::add.Tensor");
    assertThrowsWith(
        IllegalArgumentException.class,
        "argument 'other' (Tensor) is missing; expected 3, got 1",
        () -> add.call(arena, value(1)));
    assertThrowsWith(
        IllegalArgumentException.class,
        "aten::add.Tensor takes 3 arguments, got 4",
        () -> add.call(arena, value(1), value(1), Value.of(1), Value.of(1)));
    assertThrowsWith(
        IllegalArgumentException.class,
        "aten::add.Tensor: argument 'other': expected Tensor, got a boolean",
        () -> add.call(arena, value(1), Value.of(true)));
    assertThrowsWith(
        IllegalArgumentException.class,
        "argument 'alpha'",
        () -> add.call(arena, value(1), value(1), Value.of("2")));
    assertThrowsWith(
        IllegalArgumentException.class,
        "argument 'size'",
        () -> Operator.of("aten::zeros").call(arena, Value.list(Value.of(0.5))));
  }

  @Test
  void refusesUnknownOperators() {
    assertThrowsWith(
        UnsupportedException.class,
        "libtorch has no operator aten::ad.Tensor",
        () -> Operator.of("aten::ad.Tensor"));
    assertThrowsWith(
        UnsupportedException.class,
        "libtorch has no operator aten::add.Nothing",
        () -> Operator.of("aten::add.Nothing"));
    assertThrowsWith(
        UnsupportedException.class,
        "libtorch has no operator topk: did you mean aten::topk?",
        () -> Operator.of("topk"));
    assertThrowsWith(
        UnsupportedException.class,
        "libtorch has no operator add.Tensor: did you mean aten::add.Tensor?",
        () -> Operator.of("add.Tensor"));
    assertThrowsWith(
        UnsupportedException.class,
        "libtorch has no operator lt: did you mean one of aten::lt.Scalar, aten::lt.Scalar_out,",
        () -> Operator.of("lt"));
    for (String name : List.of("aten::topq", "topq")) {
      UnsupportedException e =
          assertThrowsWith(UnsupportedException.class, name, () -> Operator.of(name));
      assertEquals("libtorch has no operator " + name, e.getMessage());
    }
    for (String name : List.of("", ".", "::", "aten", "aten::", "add.Tensor", "a::b.c.d", "ü")) {
      assertThrowsWith(UnsupportedException.class, "no operator", () -> Operator.of(name));
    }
  }

  @Test
  void reasonsOfLibtorch() {
    OperatorException e =
        assertThrowsWith(
            OperatorException.class,
            "mat1 and mat2 shapes cannot be multiplied (1x2 and 3x1)",
            () ->
                Operator.of("aten::mm")
                    .call(
                        arena,
                        Value.of(Tensor.of(arena, new float[2], 1, 2)),
                        Value.of(Tensor.of(arena, new float[3], 3, 1))));
    assertFalse(e.detail().isEmpty());
    assertThrowsWith(
        DeviceMemoryException.class,
        "memory",
        () -> Operator.of("aten::zeros").call(arena, Value.of(new long[] {1L << 50})));
  }

  @Test
  void typedMethods() {
    Tensor image = Tensor.of(arena, new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9}, 1, 1, 3, 3);
    Tensor kernel = Tensor.of(arena, new float[] {1, 0, 0, 1}, 1, 1, 2, 2);
    Tensor bias = Tensor.of(arena, new float[] {0.5f}, 1);
    assertArrayEquals(new float[] {6, 8, 12, 14}, image.conv2d(kernel, null, 1, 0).toFloatArray());
    assertArrayEquals(
        new float[] {1.5f, 3.5f, 7.5f, 14.5f}, image.conv2d(kernel, bias, 2, 1).toFloatArray());
    assertArrayEquals(new float[] {10}, image.conv2d(kernel, null, 1, 0, 2, 1).toFloatArray());
    assertArrayEquals(new float[] {5, 6, 8, 9}, image.maxPool2d(2, 1, 0).toFloatArray());
    assertArrayEquals(new float[] {5}, image.adaptiveAvgPool2d(1, 1).toFloatArray());
    assertEquals(Shape.of(1, 9), image.flatten(1).shape());
    Tensor one = Tensor.of(arena, new float[] {1}, 1);
    Tensor two = Tensor.of(arena, new float[] {2}, 1);
    Tensor mean = Tensor.of(arena, new float[] {5}, 1);
    Tensor variance = Tensor.of(arena, new float[] {4}, 1);
    assertArrayEquals(
        new float[] {0, 0.5f, 1, 1.5f, 2, 2.5f, 3, 3.5f, 4},
        image.batchNorm(one, two, mean, variance, 0).toFloatArray());
    Tensor x = Tensor.of(arena, new float[] {1, -2}, 1, 2);
    Tensor weight = Tensor.of(arena, new float[] {1, 1, 2, -1}, 2, 2);
    Tensor three = Tensor.of(arena, new float[] {3, 3}, 2);
    assertArrayEquals(new float[] {-1, 4}, x.linear(weight, null).toFloatArray());
    assertArrayEquals(new float[] {2, 7}, x.linear(weight, three).toFloatArray());
    assertArrayEquals(new float[] {1, 0}, x.relu().toFloatArray());
  }
}
