package io.github.narthex;

import static io.github.narthex.MoreAssertions.assertThrowsWith;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakCheck.class)
class SessionTest {
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  private Model load(String name) {
    return Model.load(arena, Fixtures.path("models/" + name + ".pt"));
  }

  private static void fill(MemorySegment memory, float value) {
    for (long i = 0; i < memory.byteSize() / 4; i++) {
      memory.setAtIndex(JAVA_FLOAT, i, value);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void readsItsInputsAnew(int threads) {
    Model model = load("mlp").withThreads(threads);
    MemorySegment memory = GuardedMemory.atEnd(arena, 64);
    Tensor over = Tensor.of(arena, memory, DType.FLOAT32, Shape.of(2, 8));
    Tensor own = Tensor.empty(arena, DType.FLOAT32, Shape.of(2, 8));
    Session first = Session.open(arena, model, Value.of(over));
    Session second = Session.open(arena, model, Value.of(own));
    for (int i = 0; i < 5; i++) {
      fill(memory, i);
      fill(own.segment(), i);
      float[] expected = model.forward(arena, over).toFloatArray();
      first.run();
      second.run();
      assertArrayEquals(expected, first.output(0).toFloatArray());
      assertArrayEquals(expected, second.output(0).segment().toArray(JAVA_FLOAT));
    }
  }

  @Test
  void outputsEndWithTheNextRun() {
    Tensor x = Tensor.of(arena, new float[] {1, 2}, 2);
    Session session = Session.open(arena, load("list-output"), Value.of(x));
    session.run();
    assertEquals(3, session.outputCount());
    Tensor output = session.output(1);
    MemorySegment segment = output.segment();
    Tensor kept = output.keep(arena);
    Tensor computed = output.relu();
    assertArrayEquals(new float[] {2, 3}, segment.toArray(JAVA_FLOAT));
    fill(x.segment(), 9);
    session.run();
    for (Tensor ofLastRun : List.of(output, computed)) {
      assertThrowsWith(
          IllegalStateException.class,
          "the tensor is closed: its session has run again since: keep(arena) what must stay",
          ofLastRun::toFloatArray);
    }
    assertThrows(IllegalStateException.class, () -> segment.getAtIndex(JAVA_FLOAT, 0));
    assertArrayEquals(new float[] {2, 3}, kept.toFloatArray());
    assertArrayEquals(new float[] {10, 10}, session.output(1).toFloatArray());
  }

  @Test
  void outputsEndWithTheSession() {
    Session session;
    Tensor output;
    Tensor kept;
    try (Arena inner = Arena.ofConfined()) {
      MemorySegment memory = GuardedMemory.atEnd(inner, 8);
      fill(memory, 3);
      Tensor x = Tensor.of(inner, memory, DType.FLOAT32, Shape.of(2));
      session = Session.open(inner, load("identity"), Value.of(x));
      session.run();
      output = session.output(0);
      kept = output.keep(arena);
    }
    assertThrowsWith(
        IllegalStateException.class,
        "the tensor is closed: its session was closed",
        output::toFloatArray);
    assertThrowsWith(IllegalStateException.class, "the session is closed", session::run);
    assertThrowsWith(IllegalStateException.class, "the session is closed", () -> session.output(0));
    assertArrayEquals(new float[] {3, 3}, kept.toFloatArray());
  }

  /** An input that comes out again: the caller's memory is not written through the output. */
  @Test
  void bindsAnyMethod() {
    Model model =
        Model.script(
            arena,
            """
            def forward(self, x):
              return x

            def scaled(self, x, by: int = 2):
              return x * by
            """);
    Value x = Value.of(Tensor.of(arena, new float[] {1, 2}, 2));
    for (List<Value> inputs : List.of(List.of(x), List.of(x, Value.of(3)))) {
      Session session = Session.open(arena, model, "scaled", inputs);
      session.run();
      float by = inputs.size() + 1;
      assertArrayEquals(new float[] {by, 2 * by}, session.output(0).toFloatArray());
    }
    assertThrowsWith(
        IllegalArgumentException.class,
        "scald",
        () -> Session.open(arena, model, "scald", List.of(x)));
  }

  @Test
  void bindsByName() {
    Model model =
        Model.script(
            arena,
            """
            def forward(self, x, plus: int = 1, by: int = 2):
              return x * by + plus
            """);
    Value x = Value.of(Tensor.of(arena, new float[] {1, 2}, 2));
    Map<String, Value> by = Map.of("by", Value.of(3));
    Session session = Session.open(arena, model, "forward", List.of(x), by);
    session.run();
    assertArrayEquals(new float[] {4, 7}, session.output(0).toFloatArray());
    assertThrowsWith(
        IllegalArgumentException.class,
        "forward has no parameter 'bye', it has: x, plus, by",
        () -> Session.open(arena, model, "forward", List.of(x), Map.of("bye", Value.of(3))));
    assertThrowsWith(
        IllegalArgumentException.class,
        "argument 'x' is given by position and by name",
        () -> Session.open(arena, model, "forward", List.of(x), Map.of("x", x)));
    assertThrowsWith(
        IllegalArgumentException.class,
        "argument 'x' (Tensor (inferred)) is missing",
        () -> Session.open(arena, model, "forward", List.of(), by));
  }

  @Test
  void outputsDoNotViewTheInputsSegment() {
    MemorySegment memory = arena.allocate(8, 8);
    fill(memory, 3);
    Tensor x = Tensor.of(arena, memory, DType.FLOAT32, Shape.of(2));
    Session session = Session.open(arena, load("identity"), Value.of(x));
    session.run();
    fill(session.output(0).segment(), 7);
    assertEquals(3, memory.getAtIndex(JAVA_FLOAT, 0));
    session.run();
    assertEquals(3, session.output(0).segment().getAtIndex(JAVA_FLOAT, 0));
  }

  @Test
  void copiesOutputs() {
    Tensor x = Tensor.of(arena, new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
    Session session = Session.open(arena, load("view"), Value.of(x));
    session.run();
    MemorySegment target = GuardedMemory.atEnd(arena, 24);
    session.copyOutput(0, target);
    // Row-major, though the output is a transposed view.
    assertArrayEquals(new float[] {1, 4, 2, 5, 3, 6}, target.toArray(JAVA_FLOAT));
    MemorySegment unaligned = arena.allocate(25).asSlice(1);
    session.copyOutput(0, unaligned);
    assertEquals(-1, unaligned.mismatch(target));
    assertThrowsWith(
        IllegalArgumentException.class,
        "expected 24 bytes, got 20",
        () -> session.copyOutput(0, arena.allocate(20)));
    assertThrowsWith(
        IllegalArgumentException.class,
        "output 1 of 1",
        () -> session.copyOutput(1, arena.allocate(24)));
    assertThrowsWith(
        IllegalArgumentException.class,
        "output -1 of 1",
        () -> session.copyOutput(-1, arena.allocate(24)));
    assertThrowsWith(
        IllegalArgumentException.class,
        "writable native segment",
        () -> session.copyOutput(0, MemorySegment.ofArray(new float[6])));
    assertThrowsWith(
        IllegalArgumentException.class,
        "writable native segment",
        () -> session.copyOutput(0, target.asReadOnly()));
    assertThrows(IndexOutOfBoundsException.class, () -> session.output(1));
  }

  @Test
  void nestedInputsAndOutputs() {
    Tensor x = Tensor.of(arena, new float[] {1}, 1);
    MemorySegment memory = arena.allocate(4, 4);
    Tensor y = Tensor.of(arena, memory, DType.FLOAT32, Shape.of(1));
    Value input =
        Value.tuple(Value.of(x), Value.dict(Map.of("a", Value.list(Value.of(y), Value.of(y)))));
    Session session = Session.open(arena, load("nested"), input);
    for (int i = 0; i < 3; i++) {
      fill(memory, i);
      session.run();
      assertEquals(1, session.outputCount());
      assertEquals(1 + 2 * i, session.output(0).item());
    }
  }

  @Test
  void stateGoesOnBetweenRuns() {
    MemorySegment memory = arena.allocate(24, 8);
    Tensor x = Tensor.of(arena, memory, DType.FLOAT32, Shape.of(2, 3));
    Session session = Session.open(arena, load("keeps-input"), Value.of(x));
    for (int i = 1; i < 4; i++) {
      fill(memory, i);
      session.run();
      assertEquals(i - 1, session.output(0).toFloatArray()[0]);
    }
  }

  @Test
  void beforeTheFirstRunAndAfterAFailedOne() {
    Tensor x = Tensor.of(arena, new float[] {1}, 1);
    Session session = Session.open(arena, load("raises"), Value.of(x));
    assertThrowsWith(
        IllegalStateException.class, "the session has not run yet", session::outputCount);
    assertThrowsWith(
        IllegalStateException.class,
        "has not run yet",
        () -> session.copyOutput(0, arena.allocate(4)));
    for (int i = 0; i < 3; i++) {
      assertThrowsWith(OperatorException.class, "always raises", session::run);
      assertThrowsWith(IllegalStateException.class, "last run failed", () -> session.output(0));
      assertThrowsWith(
          IllegalStateException.class,
          "last run failed",
          () -> session.copyOutput(0, arena.allocate(4)));
    }
  }

  @Test
  void refusesSegmentsOfAnotherArena() {
    try (Arena other = Arena.ofConfined()) {
      Tensor x = Tensor.of(other, other.allocate(8, 8), DType.FLOAT32, Shape.of(2));
      Model model = load("identity");
      assertThrowsWith(
          IllegalArgumentException.class,
          "over a segment of another arena",
          () -> Session.open(arena, model, Value.of(x)));
      Session.open(other, model, Value.of(x)).run();
      // libtorch's own memory is held by the session.
      Session session = Session.open(arena, model, Value.of(x.copy(other)));
      session.run();
    }
  }

  @Test
  void needsNeitherModelNorInputTensor() {
    Session session;
    try (Arena inner = Arena.ofConfined()) {
      Model model = Model.load(inner, Fixtures.path("models/mlp.pt"));
      session = Session.open(arena, model, Value.of(Tensor.of(inner, new float[8], 1, 8)));
    }
    session.run();
    assertEquals(4, session.output(0).elementCount());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void runAllocatesNothing(boolean overSegment) {
    Model model = load("mlp").withThreads(1);
    Tensor x =
        overSegment
            ? Tensor.of(arena, arena.allocate(32, 64), DType.FLOAT32, Shape.of(1, 8))
            : Tensor.of(arena, new float[8], 1, 8);
    Session session = Session.open(arena, model, Value.of(x));
    MemorySegment out = arena.allocate(16, 64);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    for (int i = 0; i < 20_000; i++) {
      session.run();
      session.copyOutput(0, out);
    }
    // The compilers may still work for the loops of the test; they settle.
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 5 && least > 0; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 10_000; i++) {
        session.run();
        session.copyOutput(0, out);
      }
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
    }
    long bytes = least;
    assertTrue(bytes < 1000, () -> bytes + " bytes in 10,000 runs");
  }
}
