package io.github.narthex;

import static io.github.narthex.MoreAssertions.assertThrowsWith;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The lifetime rules of {@code docs/memory.md}. The caller's memory is unmapped when its arena is
 * closed: whatever still reads it then ends the process.
 */
@ExtendWith(LeakCheck.class)
class ZeroCopyTest {
  private static final float[] VALUES = {1, 2, 3, 4, 5, 6};
  private static final Shape SHAPE = Shape.of(2, 3);

  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  private static MemorySegment memory(Arena owner) {
    MemorySegment memory = GuardedMemory.atEnd(owner, 4L * VALUES.length);
    MemorySegment.copy(VALUES, 0, memory, JAVA_FLOAT, 0, VALUES.length);
    return memory;
  }

  private static Tensor over(Arena owner, MemorySegment memory) {
    return Tensor.of(owner, memory, DType.FLOAT32, SHAPE);
  }

  private Model load(String name) {
    return Model.load(arena, Fixtures.path("models/" + name + ".pt"));
  }

  /** What a computation returns for a segment that is gone when the result is looked at. */
  private static Tensor afterClose(Function<Tensor, Tensor> computation) {
    try (Arena owner = Arena.ofConfined()) {
      return computation.apply(over(owner, memory(owner)));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void modelReturnsItsInput(int threads) {
    for (GradMode mode : GradMode.values()) {
      Model model = load("identity").withThreads(threads).withGradMode(mode);
      assertArrayEquals(VALUES, afterClose(x -> model.forward(arena, x)).toFloatArray());
    }
  }

  @Test
  void modelReturnsAViewOfItsInput() {
    Tensor transposed = afterClose(x -> load("view").forward(arena, x));
    assertEquals(Shape.of(3, 2), transposed.shape());
    assertArrayEquals(new float[] {1, 4, 2, 5, 3, 6}, transposed.toFloatArray());
  }

  @Test
  void modelReturnsItsInputInAList() {
    Model model = load("list-output");
    Tensor first = afterClose(x -> model.forward(arena, Value.of(x)).tensors().getFirst());
    assertArrayEquals(VALUES, first.toFloatArray());
  }

  /** Also where the result lives in the segment's own arena: one rule for all results of models. */
  @Test
  void resultOfAModelNeverViewsTheSegment() {
    MemorySegment memory = memory(arena);
    Tensor result = load("identity").forward(arena, over(arena, memory));
    assertNotEquals(memory.address(), result.segment().address());
    result.segment().setAtIndex(JAVA_FLOAT, 0, 99);
    assertEquals(1, memory.getAtIndex(JAVA_FLOAT, 0));
    memory.setAtIndex(JAVA_FLOAT, 1, 99);
    assertArrayEquals(new float[] {99, 2, 3, 4, 5, 6}, result.toFloatArray());
  }

  /** Without a segment there is nothing to protect: the result is the input's memory. */
  @Test
  void resultOfAModelMayViewMemoryOfLibtorch() {
    Tensor input = Tensor.of(arena, VALUES, 2, 3);
    Tensor result = load("identity").forward(arena, input);
    assertEquals(input.segment().address(), result.segment().address());
  }

  @Test
  void modelKeepsItsInput() {
    Model model = load("keeps-input");
    assertArrayEquals(new float[6], afterClose(x -> model.forward(arena, x)).toFloatArray());
    assertArrayEquals(VALUES, afterClose(x -> model.forward(arena, x)).toFloatArray());
    try (Arena owner = Arena.ofConfined()) {
      MemorySegment memory = memory(owner);
      model.forward(arena, over(owner, memory));
      memory.fill((byte) 0); // The state is a copy as of the end of the call.
      assertArrayEquals(VALUES, model.forward(arena, over(owner, memory)).toFloatArray());
    }
  }

  @Test
  void modelSwapsStorages() {
    Model model = load("swaps-storage");
    Tensor other = Tensor.of(arena, new float[] {7, 8}, 2);
    try (Arena owner = Arena.ofConfined()) {
      MemorySegment memory = memory(owner);
      Tensor x = over(owner, memory);
      model.forward(arena, x, other);
      assertEquals(SHAPE, x.shape());
      assertArrayEquals(VALUES, x.toFloatArray());
      assertArrayEquals(VALUES, model.forward(arena, x, x).toFloatArray());
    }
    assertArrayEquals(VALUES, model.forward(arena, other, other).toFloatArray());
  }

  @Test
  void modelWritesItsInput() {
    MemorySegment memory = memory(arena);
    Tensor result = load("writes-input").forward(arena, over(arena, memory));
    assertArrayEquals(new float[] {2, 3, 4, 5, 6, 7}, memory.toArray(JAVA_FLOAT));
    assertArrayEquals(new float[] {2, 3, 4, 5, 6, 7}, result.toFloatArray());
  }

  @Test
  void modelResizesItsInput() {
    MemorySegment memory = memory(arena);
    Tensor x = over(arena, memory);
    Model model = load("resizes-input");
    assertThrowsWith(OperatorException.class, "resize storage", () -> model.forward(arena, x));
    assertEquals(SHAPE, x.shape());
    assertArrayEquals(VALUES, memory.toArray(JAVA_FLOAT));
    // Of libtorch's own memory it may, as long as nobody holds a segment of it.
    Tensor own = Tensor.empty(arena, DType.FLOAT32, SHAPE);
    assertEquals(Shape.of(64, 64), model.forward(arena, own).shape());
    assertEquals(Shape.of(64, 64), own.shape());
    assertEquals(64 * 64 * 4, own.segment().byteSize());
  }

  @Test
  void operatorViewsInTheSameArena() {
    MemorySegment memory = memory(arena);
    Tensor x = over(arena, memory);
    Tensor row = Operator.of("aten::select.int").tensor(arena, of(x), Value.of(0), Value.of(1));
    assertEquals(memory.address() + 12, row.segment().address());
    assertEquals(memory.address(), x.flatten(0).segment().address());
    assertEquals(memory.address(), x.keep(arena).segment().address());
  }

  @Test
  void operatorViewsInAnotherArenaAreCopies() {
    Operator select = Operator.of("aten::select.int");
    Tensor row = afterClose(x -> select.tensor(arena, of(x), Value.of(0), Value.of(1)));
    assertArrayEquals(new float[] {4, 5, 6}, row.toFloatArray());
    assertArrayEquals(VALUES, afterClose(x -> x.keep(arena)).toFloatArray());
    assertArrayEquals(VALUES, afterClose(x -> x.copy(arena)).toFloatArray());
    // A view of a view, and one of several in a list.
    assertArrayEquals(
        new float[] {5},
        afterClose(x -> select.tensor(arena, of(x.flatten(0)), Value.of(0), Value.of(4)))
            .toFloatArray());
    Tensor last =
        afterClose(
            x -> Operator.of("aten::unbind.int").call(arena, of(x)).getFirst().tensors().get(1));
    assertArrayEquals(new float[] {4, 5, 6}, last.toFloatArray());
    // libtorch's copy on write can't share the caller's memory, and says so.
    assertThrows(
        OperatorException.class,
        () -> afterClose(x -> Operator.of("aten::_lazy_clone").tensor(arena, of(x))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"aten::set_.source_Tensor", "aten::set_data"})
  void storageGivenToATensorOfAnotherArena(String operator) {
    Tensor target = Tensor.of(arena, new float[] {9}, 1);
    try (Arena owner = Arena.ofConfined()) {
      Tensor source = over(owner, memory(owner));
      Operator.of(operator).call(arena, of(target), of(source));
    }
    assertEquals(SHAPE, target.shape());
    assertArrayEquals(VALUES, target.toFloatArray());
  }

  @Test
  void segmentOfATensorIsNotResizedAway() {
    Tensor tensor = Tensor.of(arena, VALUES, 2, 3);
    MemorySegment segment = tensor.segment();
    Operator resize = Operator.of("aten::resize_");
    assertThrowsWith(
        OperatorException.class,
        "not resizable",
        () -> resize.call(arena, of(tensor), Value.of(new long[] {100, 100})));
    assertArrayEquals(VALUES, segment.toArray(JAVA_FLOAT));
    // Smaller needs no other memory.
    resize.call(arena, of(tensor), Value.of(new long[] {2}));
    assertArrayEquals(VALUES, segment.toArray(JAVA_FLOAT));
    assertEquals(8, tensor.segment().byteSize());
    assertArrayEquals(new float[] {1, 2}, tensor.toFloatArray());
  }

  @Test
  void readingATensorLeavesItsMemoryResizable() {
    Tensor tensor = Tensor.of(arena, VALUES, 2, 3);
    assertArrayEquals(VALUES, tensor.toFloatArray());
    assertTrue(tensor.toString().startsWith("Tensor("));
    Operator.of("aten::resize_").call(arena, of(tensor), Value.of(new long[] {100, 100}));
    assertEquals(10_000, tensor.toFloatArray().length);
  }

  @Test
  void segmentOfATensorThatIsGivenOtherMemory() {
    Tensor tensor = Tensor.of(arena, VALUES, 2, 3);
    MemorySegment before = tensor.segment();
    try (Arena inner = Arena.ofConfined()) {
      Tensor other = Tensor.of(inner, new float[] {7, 8, 9, 10, 11, 12, 13, 14}, 8);
      Operator.of("aten::set_.source_Tensor").call(inner, of(tensor), of(other));
    }
    assertArrayEquals(VALUES, before.toArray(JAVA_FLOAT));
    assertArrayEquals(new float[] {7, 8, 9, 10, 11, 12, 13, 14}, tensor.toFloatArray());
    assertArrayEquals(tensor.toFloatArray(), tensor.segment().toArray(JAVA_FLOAT));
  }

  @Test
  void segmentEndsWithItsArena() {
    MemorySegment segment;
    Tensor kept;
    try (Arena inner = Arena.ofConfined()) {
      Tensor tensor = Tensor.of(inner, VALUES, 2, 3);
      segment = tensor.segment();
      kept = tensor.keep(arena);
    }
    assertThrows(IllegalStateException.class, () -> segment.getAtIndex(JAVA_FLOAT, 0));
    assertArrayEquals(VALUES, kept.segment().toArray(JAVA_FLOAT));
  }

  @Test
  void segmentOutlivesAnotherHandle() {
    MemorySegment segment;
    try (Arena inner = Arena.ofConfined()) {
      segment = Tensor.of(inner, VALUES, 2, 3).keep(arena).segment();
    }
    assertArrayEquals(VALUES, segment.toArray(JAVA_FLOAT));
  }

  @Test
  void globalMemory() {
    MemorySegment global = Arena.global().allocate(24, 8);
    MemorySegment.copy(VALUES, 0, global, JAVA_FLOAT, 0, VALUES.length);
    Tensor view;
    Tensor result;
    try (Arena inner = Arena.ofConfined()) {
      Tensor x = over(inner, global);
      assertEquals(global.address(), x.segment().address());
      view = x.keep(arena);
      result = load("identity").forward(arena, x);
      Session session = Session.open(inner, load("identity"), of(x));
      session.run();
      assertArrayEquals(VALUES, session.output(0).toFloatArray());
    }
    assertArrayEquals(VALUES, view.toFloatArray());
    assertArrayEquals(VALUES, result.toFloatArray());
  }

  @Test
  void memoryOfANetworkThatReadsToTheEnd() {
    Model model = load("convnet");
    for (int size : new int[] {5, 7, 17, 32}) {
      Shape shape = Shape.of(1, 3, size, size);
      float[] pixels = new float[(int) shape.elementCount()];
      for (int i = 0; i < pixels.length; i++) {
        pixels[i] = i % 7 - 3;
      }
      Tensor expected = model.forward(arena, Tensor.of(arena, pixels, shape.toArray()));
      for (boolean atEnd : new boolean[] {true, false}) {
        try (Arena owner = Arena.ofConfined()) {
          long bytes = 4L * pixels.length;
          MemorySegment memory =
              atEnd ? GuardedMemory.atEnd(owner, bytes) : GuardedMemory.atStart(owner, bytes);
          memory.copyFrom(MemorySegment.ofArray(pixels));
          Tensor actual = model.forward(owner, Tensor.of(owner, memory, DType.FLOAT32, shape));
          assertArrayEquals(expected.toFloatArray(), actual.toFloatArray(), 1e-5f);
        }
      }
    }
  }

  private static Value of(Tensor tensor) {
    return Value.of(tensor);
  }
}
