package io.github.narthex;

import static io.github.narthex.MoreAssertions.assertThrowsWith;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.Operator.Parameter;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What an operator's schema tells, and how arguments find their parameters. */
@ExtendWith(LeakCheck.class)
class OperatorSchemaTest {
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  private Value value(float... values) {
    return Value.of(Tensor.of(arena, values, values.length));
  }

  @Test
  void printsItsSignature() {
    assertEquals(
        "aten::topk(Tensor self, SymInt k, int dim=-1, bool largest=True, bool sorted=True)"
            + " -> (Tensor values, Tensor indices)",
        Operator.of("aten::topk").toString());
  }

  @Test
  void parameters() {
    assertEquals(
        List.of(
            new Parameter("self", "Tensor", false, true),
            new Parameter("other", "number", false, false),
            new Parameter("alpha", "number", true, false)),
        Operator.of("aten::add_.Scalar").parameters());
    assertEquals(
        new Parameter("dtype", "Optional[dtype]", true, false),
        Operator.of("aten::sum").parameters().get(1));
  }

  @Test
  void tellsWhatIsWrittenAndWhatIsAView() {
    assertTrue(Operator.of("aten::add_.Scalar").isInPlace());
    assertTrue(Operator.of("aten::add.out").isInPlace());
    assertTrue(Operator.of("aten::_foreach_add_.Scalar").isInPlace());
    assertFalse(Operator.of("aten::add.Tensor").isInPlace());
    assertFalse(Operator.of("aten::transpose.int").isInPlace());

    assertTrue(Operator.of("aten::transpose.int").mayReturnView());
    assertTrue(Operator.of("aten::reshape").mayReturnView());
    assertTrue(Operator.of("aten::split.Tensor").mayReturnView());
    assertFalse(Operator.of("aten::add.Tensor").mayReturnView());
    assertFalse(Operator.of("aten::add_.Scalar").mayReturnView());
  }

  @Test
  void namesTheOverloadsThatThereAre() {
    assertThrowsWith(
        UnsupportedException.class,
        "libtorch has no operator aten::lt without an overload, it has: aten::lt.Scalar,"
            + " aten::lt.Scalar_out, aten::lt.Tensor, aten::lt.Tensor_out",
        () -> Operator.of("aten::lt"));
    assertThrowsWith(
        UnsupportedException.class,
        "libtorch has no operator aten::relu.Tensor, it has: aten::relu, aten::relu.out",
        () -> Operator.of("aten::relu.Tensor"));
  }

  @Test
  void argumentsByName() {
    Operator topk = Operator.of("aten::topk");
    List<Value> smallest =
        topk.call(
            arena, List.of(value(3, 1, 2)), Map.of("largest", Value.of(false), "k", Value.of(2)));
    assertArrayEquals(new float[] {1, 2}, smallest.getFirst().tensor().toFloatArray());
    List<Value> byNameAlone =
        topk.call(arena, List.of(), Map.of("self", value(3, 1), "k", Value.of(1)));
    assertArrayEquals(new float[] {3}, byNameAlone.getFirst().tensor().toFloatArray());
  }

  /** libtorch would look a number up in its tables, beyond their end. */
  @Test
  void refusesNumbersForDtypesAndFormats() {
    Operator cloned = Operator.of("aten::clone");
    String format = "aten::clone: argument 'memory_format': expected Optional[MemoryFormat], got ";
    assertThrowsWith(
        IllegalArgumentException.class,
        format + "an integer",
        () -> cloned.call(arena, value(1), Value.of(99)));
    assertThrowsWith(
        IllegalArgumentException.class,
        format + "a dtype",
        () -> cloned.call(arena, value(1), Value.of(DType.INT64)));
    assertThrowsWith(
        IllegalArgumentException.class,
        "aten::sum: argument 'dtype': expected Optional[dtype], got an integer",
        () -> Operator.of("aten::sum").call(arena, value(1), Value.of(99)));
    Operator like = Operator.of("aten::zeros_like");
    for (long layout : new long[] {-1, 99}) {
      assertThrowsWith(
          IllegalArgumentException.class,
          "aten::zeros_like: argument 'layout': expected Optional[Layout], got an integer",
          () -> like.call(arena, value(1), Value.of(DType.INT8), Value.of(layout)));
    }
    like.call(arena, value(1), Value.of(DType.INT8), Value.of(0));
  }

  @Test
  void refusesNamesThatDoNotFit() {
    Operator topk = Operator.of("aten::topk");
    List<Value> two = List.of(value(3, 1, 2), Value.of(1));
    assertThrowsWith(
        IllegalArgumentException.class,
        "aten::topk has no parameter 'K', it has: self, k, dim, largest, sorted",
        () -> topk.call(arena, two, Map.of("K", Value.of(1))));
    assertThrowsWith(
        IllegalArgumentException.class,
        "aten::topk: argument 'k' is given by position and by name",
        () -> topk.call(arena, two, Map.of("k", Value.of(1))));
    assertThrowsWith(
        IllegalArgumentException.class,
        "aten::topk: argument 'k' (int) is missing; expected 5, got 2",
        () -> topk.call(arena, two.subList(0, 1), Map.of("dim", Value.of(0))));
    assertThrowsWith(
        IllegalArgumentException.class,
        "aten::topk: argument 'largest': expected bool, got an integer",
        () -> topk.call(arena, two, Map.of("largest", Value.of(1))));
    assertThrowsWith(
        IllegalArgumentException.class,
        "aten::sum: argument 'dtype': expected Optional[dtype], got a string",
        () ->
            Operator.of("aten::sum")
                .call(arena, two.subList(0, 1), Map.of("dtype", Value.of("float32"))));
  }
}
