package io.github.narthex;

import static io.github.narthex.MoreAssertions.assertThrowsWith;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(LeakCheck.class)
class TraceTest {
  @TempDir Path folder = Path.of("");
  private final Arena arena = Arena.ofConfined();
  private final Random random = new Random(11);

  @AfterEach
  void close() {
    arena.close();
  }

  private Tensor random(long... shape) {
    float[] values = new float[(int) Shape.of(shape).elementCount()];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextFloat() - 0.5f;
    }
    return Tensor.of(arena, values, shape);
  }

  private static Tensor perceptron(Tensor x, Tensor w1, Tensor b1, Tensor w2) {
    return x.linear(w1, b1).relu().linear(w2, null);
  }

  private Weights weights() {
    return new Weights()
        .parameter("hidden.0.weight", random(5, 3))
        .parameter("hidden.0.bias", random(5))
        .parameter("out.weight", random(2, 5))
        .buffer("out.steps", Tensor.of(arena, new long[] {3}));
  }

  private Model traced(Weights weights) {
    try (Arena tracing = Arena.ofConfined()) {
      Trace trace =
          Trace.begin(tracing, weights, Tensor.empty(tracing, DType.FLOAT32, Shape.of(1, 3)));
      return trace.end(
          arena,
          perceptron(
              trace.input(0),
              trace.weight("hidden.0.weight"),
              trace.weight("hidden.0.bias"),
              trace.weight("out.weight")));
    }
  }

  @Test
  void computesWhatWasTraced() {
    Weights weights = weights();
    Model model = traced(weights);
    for (int batch = 1; batch < 4; batch++) {
      Tensor x = random(batch, 3);
      Tensor direct =
          perceptron(
              x,
              weights.get("hidden.0.weight"),
              weights.get("hidden.0.bias"),
              weights.get("out.weight"));
      assertArrayEquals(
          direct.toFloatArray(), model.forward(arena, x).toFloatArray(), 1e-6f, "batch " + batch);
    }
    assertEquals(
        Set.of("hidden.0.weight", "hidden.0.bias", "out.weight"), model.parameters().keySet());
    assertEquals(Set.of("out.steps"), model.buffers().keySet());
    assertEquals("x", model.methods().getFirst().arguments().getFirst().name());
    assertFalse(model.training());
    assertEquals(2, model.operators().get("aten::linear"));
  }

  @Test
  void savedFrozenAndFused() {
    Model model = traced(weights());
    Tensor x = random(2, 3);
    float[] expected = model.forward(arena, x).toFloatArray();
    model.save(folder.resolve("traced.pt"));
    Model loaded = Model.load(arena, folder.resolve("traced.pt"));
    assertEquals(model.parameters(), loaded.parameters());
    assertEquals(model.buffers(), loaded.buffers());
    for (Model same :
        new Model[] {loaded, model.freeze(arena), loaded.freeze(arena).withOneDnnGraph()}) {
      for (int call = 0; call < 3; call++) {
        assertArrayEquals(expected, same.forward(arena, x).toFloatArray(), 1e-5f);
      }
    }
    model.freeze(arena).save(folder.resolve("frozen.pt"));
    assertArrayEquals(
        expected,
        Model.load(arena, folder.resolve("frozen.pt")).forward(arena, x).toFloatArray(),
        1e-5f);
  }

  @Test
  void severalInputsAndOutputs() {
    try (Arena tracing = Arena.ofConfined()) {
      Trace trace = Trace.begin(tracing, new Weights(), random(2), random(2));
      Tensor sum = trace.input(0).add(trace.input(1));
      Model model = trace.end(arena, sum, sum.relu(), trace.input(1));
      Value out =
          model.forward(
              arena,
              Value.of(Tensor.of(arena, new float[] {1, -5}, 2)),
              Value.of(Tensor.of(arena, new float[] {2, 3}, 2)));
      assertEquals(3, out.tensors().size());
      assertArrayEquals(new float[] {3, -2}, out.tensors().get(0).toFloatArray());
      assertArrayEquals(new float[] {3, 0}, out.tensors().get(1).toFloatArray());
      assertArrayEquals(new float[] {2, 3}, out.tensors().get(2).toFloatArray());
    }
  }

  @Test
  void namesOfInputs() {
    SequencedMap<String, Tensor> examples = new LinkedHashMap<>();
    examples.put("left", random(2));
    examples.put("right", random(2));
    Trace trace = Trace.begin(arena, new Weights(), examples);
    Model model = trace.end(arena, trace.input(0).sub(trace.input(1)));
    model.save(folder.resolve("named.pt"));
    for (Model same : new Model[] {model, Model.load(arena, folder.resolve("named.pt"))}) {
      assertEquals(
          List.of("left", "right"),
          same.methods().getFirst().arguments().stream().map(Method.Argument::name).toList());
      float[] difference =
          same.forward(
                  arena,
                  Tensor.of(arena, new float[] {5, 6}, 2),
                  Tensor.of(arena, new float[] {1, 4}, 2))
              .toFloatArray();
      assertArrayEquals(new float[] {4, 2}, difference);
    }
    for (String name : new String[] {"", "self", "a.b", "1a", "a b"}) {
      assertThrowsWith(
          IllegalArgumentException.class,
          "'" + name + "' can't be the name of an input",
          () -> Trace.begin(arena, new Weights(), new LinkedHashMap<>(Map.of(name, random(1)))));
    }
  }

  /** The same example twice, an example that is a weight: still separate symbols. */
  @Test
  void examplesAreTheirOwnSymbols() {
    Tensor x = Tensor.of(arena, new float[] {1, 2}, 2);
    try (Arena tracing = Arena.ofConfined()) {
      Trace trace = Trace.begin(tracing, new Weights().parameter("w", x), x, x);
      Model model = trace.end(arena, trace.input(0).add(trace.weight("w")), trace.input(1).relu());
      Value out =
          model.forward(
              arena,
              Value.of(Tensor.of(arena, new float[] {10, 20}, 2)),
              Value.of(Tensor.of(arena, new float[] {-1, 7}, 2)));
      assertArrayEquals(new float[] {11, 22}, out.tensors().get(0).toFloatArray());
      assertArrayEquals(new float[] {0, 7}, out.tensors().get(1).toFloatArray());
    }
  }

  @Test
  void othersBecomeConstants() {
    Model model;
    try (Arena tracing = Arena.ofConfined()) {
      MemorySegment memory = GuardedMemory.atEnd(tracing, 8);
      memory.setAtIndex(JAVA_FLOAT, 0, 5);
      memory.setAtIndex(JAVA_FLOAT, 1, 6);
      Tensor constant = Tensor.of(tracing, memory, DType.FLOAT32, Shape.of(2));
      Trace trace = Trace.begin(tracing, new Weights(), random(2));
      Tensor y = trace.input(0).add(constant);
      memory.fill((byte) 0);
      model = trace.end(arena, y);
    }
    assertArrayEquals(
        new float[] {6, 8},
        model.forward(arena, Tensor.of(arena, new float[] {1, 2}, 2)).toFloatArray());
    assertEquals(1, model.constants().size());
  }

  @Test
  void weightsOverSegmentsAreCopied() {
    Model model;
    try (Arena tracing = Arena.ofConfined()) {
      MemorySegment memory = GuardedMemory.atEnd(tracing, 8);
      memory.setAtIndex(JAVA_FLOAT, 0, 5);
      memory.setAtIndex(JAVA_FLOAT, 1, 6);
      Tensor weight = Tensor.of(tracing, memory, DType.FLOAT32, Shape.of(2));
      Trace trace = Trace.begin(tracing, new Weights().parameter("w", weight), weight);
      memory.fill((byte) 0);
      model = trace.end(arena, trace.input(0).add(trace.weight("w")));
    }
    assertArrayEquals(
        new float[] {6, 8},
        model.forward(arena, Tensor.of(arena, new float[] {1, 2}, 2)).toFloatArray());
  }

  /** The weights of a model that was made of a model's outputs: inference tensors. */
  @Test
  void weightsMayComeFromAModel() {
    Tensor weight = Model.load(arena, Fixtures.path("models/mlp.pt")).forward(arena, random(2, 8));
    try (Arena tracing = Arena.ofConfined()) {
      Trace trace = Trace.begin(tracing, new Weights().parameter("w", weight), random(2, 4));
      Model model = trace.end(arena, trace.input(0).add(trace.weight("w")));
      assertArrayEquals(
          weight.toFloatArray(),
          model.forward(arena, Tensor.of(arena, new float[8], 2, 4)).toFloatArray());
    }
  }

  @Test
  void misuse() {
    try (Arena tracing = Arena.ofConfined()) {
      Weights weights = new Weights().parameter("a.w", random(2));
      Trace trace = Trace.begin(tracing, weights, random(2));
      Trace other = Trace.begin(tracing, weights, random(2));
      assertThrowsWith(
          IllegalArgumentException.class,
          "two different traces",
          () -> trace.input(0).add(other.input(0)));
      assertThrowsWith(
          IllegalArgumentException.class,
          "no parameter or buffer 'a.v'",
          () -> trace.weight("a.v"));
      for (String name : new String[] {"", ".", "a", "a.", "w", "a.w.x", "training"}) {
        assertThrowsWith(
            IllegalArgumentException.class, "no parameter or buffer", () -> trace.weight(name));
      }
      assertThrows(IndexOutOfBoundsException.class, () -> trace.input(1));
      assertThrowsWith(IllegalArgumentException.class, "at least one", () -> trace.end(arena));
      assertThrowsWith(
          IllegalArgumentException.class,
          "output 0 does not come from the trace",
          () -> trace.end(arena, random(2)));
      assertThrowsWith(
          IllegalArgumentException.class,
          "output 0 does not come from the trace",
          () -> trace.end(arena, other.input(0)));
      // A failed operator does not end it.
      assertThrows(OperatorException.class, () -> trace.input(0).add(random(7)));
      Tensor y = trace.input(0).add(trace.weight("a.w"));
      trace.end(arena, y);
      assertThrowsWith(
          IllegalArgumentException.class, "the trace has ended", () -> trace.end(arena, y));
      assertThrowsWith(IllegalArgumentException.class, "the trace has ended", y::relu);
      assertThrowsWith(
          IllegalArgumentException.class, "the trace has ended", () -> trace.weight("a.w"));
      // Its tensors can still be read.
      assertEquals(2, y.toFloatArray().length);
    }
  }

  @Test
  void namesOfWeights() {
    Tensor tensor = random(1);
    for (String name : new String[] {"", ".", "a.", ".a", "a..b"}) {
      assertThrowsWith(
          IllegalArgumentException.class,
          "empty part",
          () -> Trace.begin(arena, new Weights().parameter(name, tensor), tensor));
    }
    assertThrowsWith(
        IllegalArgumentException.class,
        "'a' is both a tensor and a module",
        () ->
            Trace.begin(arena, new Weights().parameter("a", tensor).buffer("a.b", tensor), tensor));
    assertThrowsWith(
        IllegalArgumentException.class,
        "two tensors are named 'a'",
        () -> new Weights().parameter("a", tensor).buffer("a", tensor));
    assertThrowsWith(
        IllegalArgumentException.class, "'b'", () -> new Weights().parameter("a", tensor).get("b"));
  }

  @Test
  void aTraceThatIsGivenUp() {
    try (Arena tracing = Arena.ofConfined()) {
      Trace trace = Trace.begin(tracing, weights(), random(1, 3));
      trace.input(0).relu();
    }
    // Nothing of it stays on the thread.
    assertTrue(random(2).relu().elementCount() == 2);
  }

  /** An arena that another thread closes at some moment, here after so many looks at it. */
  private static final class Ending implements Arena {
    private final Arena arena = Arena.ofShared();
    private int looks;

    Ending(int looks) {
      this.looks = looks;
    }

    @Override
    public MemorySegment.Scope scope() {
      if (looks-- == 0) {
        arena.close();
      }
      return arena.scope();
    }

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
      return arena.allocate(byteSize, byteAlignment);
    }

    @Override
    public void close() {
      if (arena.scope().isAlive()) {
        arena.close();
      }
    }
  }

  /** {@link LeakCheck} looks for what was not freed. */
  @Test
  void anArenaThatIsClosedMeanwhile() {
    int failed = 0;
    for (int looks = 0; looks < 10; looks++) {
      try (Ending ending = new Ending(looks)) {
        Trace trace = Trace.begin(ending, weights(), random(1, 3), random(2), random(1));
        assertEquals(1, trace.input(2).shape().rank());
        break;
      } catch (IllegalStateException e) {
        failed++;
      }
    }
    // The arena's check, the trace and each of its inputs.
    assertTrue(failed >= 5, () -> "too few looks");
  }
}
