package io.github.narthex;

import static io.github.narthex.MoreAssertions.assertThrowsWith;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a trace can't see is told, and shows when the model is checked. */
@ExtendWith(LeakCheck.class)
class TraceWarningsTest {
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  private Tensor tensor(float... values) {
    return Tensor.of(arena, values, values.length);
  }

  private static List<String> warningsOf(Consumer<Trace> code, Tensor example) {
    try (Arena tracing = Arena.ofConfined()) {
      Weights weights = new Weights().parameter("w", example);
      Trace trace = Trace.begin(tracing, weights, example);
      code.accept(trace);
      return trace.warnings();
    }
  }

  private void assertWarns(String method, Consumer<Trace> code) {
    List<String> warnings = warningsOf(code, tensor(3));
    assertEquals(1, warnings.size(), warnings::toString);
    String warning = warnings.getFirst();
    assertTrue(warning.startsWith(method + "() of a traced tensor at "), warning);
    assertTrue(warning.contains("TraceWarningsTest.java:"), warning);
    assertTrue(warning.endsWith("becomes a constant of the model"), warning);
  }

  @Test
  void readsOfTracedTensors() {
    assertWarns("toFloatArray", trace -> trace.input(0).toFloatArray());
    assertWarns("toLongArray", trace -> trace.input(0).relu().toLongArray());
    assertWarns("toBooleanArray", trace -> trace.input(0).toBooleanArray());
    assertWarns("item", trace -> trace.input(0).item());
    assertWarns("segment", trace -> trace.input(0).segment());
    assertWarns("copyTo", trace -> trace.input(0).copyTo(arena.allocate(4)));
    assertWarns("shape", trace -> trace.input(0).shape());
    assertWarns("elementCount", trace -> trace.input(0).elementCount());
    assertWarns("byteSize", trace -> trace.input(0).byteSize());
    assertWarns("strides", trace -> trace.input(0).strides());
    assertWarns("item", trace -> trace.weight("w").item());
    assertWarns("sameElements", trace -> trace.input(0).sameElements(tensor(3)));
    assertWarns("sameElements", trace -> tensor(3).sameElements(trace.input(0)));
    assertWarns("allClose", trace -> trace.input(0).allClose(tensor(3), 0, 0));
    assertWarns("toIntArray", trace -> trace.input(0).toIntArray());
    assertWarns("call", trace -> Operator.of("aten::item").call(arena, Value.of(trace.input(0))));
    assertWarns(
        "call", trace -> Operator.of("aten::is_nonzero").call(arena, Value.of(trace.input(0))));
    assertWarns(
        "call",
        trace ->
            Operator.of("aten::equal").call(arena, Value.of(tensor(3)), Value.of(trace.input(0))));
  }

  @Test
  void oneWarningForEachPlace() {
    List<String> warnings =
        warningsOf(
            trace -> {
              for (int i = 0; i < 3; i++) {
                trace.input(0).item();
              }
              trace.input(0).shape();
            },
            tensor(3));
    assertEquals(2, warnings.size(), warnings::toString);
  }

  @Test
  void whatIsNoRead() {
    Tensor outside = tensor(1);
    List<String> warnings =
        warningsOf(
            trace -> {
              Tensor x = trace.input(0);
              String text = x.toString();
              assertTrue(text.length() > 1);
              // The same for each input.
              assertEquals(1, trace.weight("w").shape().rank());
              assertEquals(DType.FLOAT32, x.dtype());
              Tensor y = x.add(trace.weight("w")).to(Device.CPU).contiguous();
              assertThrows(OperatorException.class, () -> x.add(tensor(1, 2).linear(y, y)));
              assertEquals(1, outside.item());
              trace.end(arena, y);
              // It has ended: nothing can be baked in any more.
              assertEquals(6, y.item());
            },
            tensor(3));
    assertEquals(List.of(), warnings);
  }

  @Test
  void aTraceThatSeesAll() {
    Weights weights = new Weights().parameter("w", Tensor.of(arena, new float[] {1, -2}, 1, 2));
    Traced traced =
        Trace.of(
            arena,
            weights,
            in -> {
              Tensor y = in.input(0).linear(in.weight("w"), null);
              return List.of(y.relu(), y);
            },
            Tensor.of(arena, new float[] {1, 1}, 1, 2));
    assertEquals(List.of(), traced.warnings());
    Model model =
        traced
            .check(1e-6, Tensor.of(arena, new float[] {1, 1, -3, 5, 0, 1}, 3, 2))
            .check(0, Tensor.of(arena, new float[0], 0, 2))
            .check(0, Tensor.of(arena, new float[] {Float.NaN, Float.POSITIVE_INFINITY}, 1, 2))
            .model();
    assertEquals(
        2, model.forward(arena, Value.of(Tensor.of(arena, new float[2], 1, 2))).tensors().size());
  }

  /** The value of an element decides in Java what is computed. */
  @Test
  void aDecisionThatWasTakenOnce() {
    Traced traced =
        Trace.of(
            arena,
            new Weights(),
            in -> List.of(in.input(0).item() > 0 ? in.input(0).relu() : in.input(0)),
            tensor(1));
    assertEquals(1, traced.warnings().size());
    traced.check(0, tensor(2));
    TraceMismatchException e =
        assertThrowsWith(
            TraceMismatchException.class,
            "output 0 is off by 2",
            () -> traced.check(1e-3, tensor(-2)));
    assertTrue(
        String.valueOf(e.getMessage()).contains("item() of a traced tensor"), e.getMessage());
    assertTrue(String.valueOf(e.getMessage()).contains("for float32 1"), e.getMessage());
  }

  @Test
  void aShapeThatWasTakenOnce() {
    Traced traced =
        Trace.of(
            arena,
            new Weights(),
            in -> {
              Tensor x = in.input(0);
              long count = x.shape().elementCount();
              return List.of(x.add(Tensor.of(x.arena(), new float[(int) count], count)));
            },
            tensor(1, 2));
    assertThrowsWith(
        TraceMismatchException.class, "it fails: ", () -> traced.check(0, tensor(1, 2, 3)));
    assertEquals(1, traced.warnings().size());
  }

  @Test
  void outputsOfAnotherKind() {
    int[] calls = {0};
    Traced shapes =
        Trace.of(
            arena,
            new Weights(),
            in -> {
              calls[0]++;
              Tensor y = in.input(0).relu();
              return calls[0] == 1
                  ? List.of(y)
                  : calls[0] == 2 ? List.of(y, y) : List.of(y.to(DType.FLOAT64));
            },
            tensor(1));
    assertThrowsWith(
        TraceMismatchException.class,
        "1 outputs, the Java code has 2",
        () -> shapes.check(0, tensor(1)));
    assertThrowsWith(
        TraceMismatchException.class,
        "output 0 is float32 1 instead of float64 1",
        () -> shapes.check(0, tensor(1)));
    assertThrowsWith(
        IllegalArgumentException.class,
        "tolerance must be at least 0",
        () -> shapes.check(Double.NaN, tensor(1)));
    assertThrowsWith(
        IllegalArgumentException.class,
        "tolerance must be at least 0",
        () -> shapes.check(-1, tensor(1)));
  }
}
