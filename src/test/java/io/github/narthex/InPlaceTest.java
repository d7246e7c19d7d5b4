package io.github.narthex;

import static io.github.narthex.MoreAssertions.assertThrowsWith;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is written over a tensor, and who sees it. */
@ExtendWith(LeakCheck.class)
class InPlaceTest {
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  private Tensor tensor(float... values) {
    return Tensor.of(arena, values, values.length);
  }

  @Test
  void returnsTheTensorItselfAndNoOtherHandle() {
    Tensor x = tensor(1, -2);
    LiveHandles before = LiveHandles.now();
    assertSame(x, x.addInPlace(1).mulInPlace(2).subInPlace(1).divInPlace(2).reluInPlace());
    assertEquals(before, LiveHandles.now());
    assertArrayEquals(new float[] {1.5f, 0}, x.toFloatArray());
  }

  @Test
  void segmentsAndViewsSeeIt() {
    MemorySegment memory = GuardedMemory.atEnd(arena, 8);
    Tensor x = Tensor.of(arena, memory, DType.FLOAT32, Shape.of(2, 1));
    Tensor view = x.transpose(0, 1);
    x.addInPlace(3);
    view.mulInPlace(2);
    assertEquals(6, memory.getAtIndex(JAVA_FLOAT, 1));
    assertArrayEquals(new float[] {6, 6}, x.toFloatArray());
  }

  /** A tensor of inference mode, which ordinary code must not write to. */
  @Test
  void whatAModelReturnedCanBeWrittenTo() {
    Model model = Model.load(arena, Fixtures.path("models/mlp.pt"));
    Tensor output = model.forward(arena, Tensor.of(arena, new float[8], 1, 8));
    output.mulInPlace(0).addInPlace(1);
    assertArrayEquals(new float[] {1, 1, 1, 1}, output.toFloatArray());
    // And given to a model in any mode.
    Tensor input = output.repeat(1, 2).addInPlace(1);
    for (GradMode mode : GradMode.values()) {
      assertEquals(4, model.withGradMode(mode).forward(arena, input).elementCount());
    }
  }

  @Test
  void keepsShapeAndDtype() {
    Tensor whole = Tensor.of(arena, new long[] {1, 2}, 2);
    assertThrowsWith(
        OperatorException.class,
        "result type Float can't be cast to the desired output type Long"
            + " (aten::mul_.Scalar called with int64 2)",
        () -> whole.mulInPlace(0.5));
    assertThrowsWith(
        OperatorException.class,
        "(aten::add_.Tensor called with float32 1, float32 3)",
        () -> tensor(1).addInPlace(tensor(1, 2, 3)));
    assertThrowsWith(
        OperatorException.class,
        "more than one element of the written-to tensor refers to a single memory location",
        () -> tensor(1).expand(3).addInPlace(1));
    assertArrayEquals(new long[] {1, 2}, whole.toLongArray());
  }

  @Test
  void aTraceRecordsIt() {
    Model model;
    try (Arena tracing = Arena.ofConfined()) {
      Tensor example = Tensor.of(tracing, new float[] {1, 2, 3, 4}, 2, 2);
      Trace trace = Trace.begin(tracing, new Weights(), example);
      Tensor doubled = trace.input(0).mul(2);
      doubled.transpose(0, 1).addInPlace(trace.input(0));
      model = trace.end(arena, doubled);
      assertArrayEquals(new float[] {1, 2, 3, 4}, example.toFloatArray());
    }
    Tensor x = Tensor.of(arena, new float[] {0, 10, 20, 30}, 2, 2);
    assertArrayEquals(new float[] {0, 40, 50, 90}, model.forward(arena, x).toFloatArray());
    assertArrayEquals(new float[] {0, 10, 20, 30}, x.toFloatArray());
  }

  /** The same in the model: what a caller gives it is written to. */
  @Test
  void aTracedInputIsWrittenTo() {
    try (Arena tracing = Arena.ofConfined()) {
      Trace trace = Trace.begin(tracing, new Weights(), tensor(1));
      Model model = trace.end(arena, trace.input(0).addInPlace(1));
      Tensor x = tensor(5);
      assertArrayEquals(new float[] {6}, model.forward(arena, x).toFloatArray());
      assertArrayEquals(new float[] {6}, x.toFloatArray());
    }
  }

  @Test
  void aTracesConstantIsNot() {
    Tensor constant = tensor(1, 2);
    try (Arena tracing = Arena.ofConfined()) {
      Trace trace = Trace.begin(tracing, new Weights(), tensor(1, 1));
      assertThrowsWith(
          IllegalArgumentException.class,
          "aten::add_.Tensor would write to 'self', which is a constant for the trace",
          () -> constant.addInPlace(trace.input(0)));
      assertThrowsWith(
          IllegalArgumentException.class,
          "aten::add.out would write to 'out'",
          () ->
              Operator.of("aten::add.out")
                  .call(
                      arena,
                      Value.of(trace.input(0)),
                      Value.of(trace.input(0)),
                      Value.of(1),
                      Value.of(constant)));
      assertArrayEquals(new float[] {1, 2}, constant.toFloatArray());
    }
  }
}
