package io.github.narthex;

import static io.github.narthex.MoreAssertions.assertThrowsWith;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.io.Npy;
import io.github.narthex.io.NpyArray;
import io.github.narthex.models.Builtin;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Weights out of models and into them, and models that share them. */
@ExtendWith(LeakCheck.class)
class StateDictTest {
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

  private Tensor npy(Path file) {
    NpyArray array = Npy.read(arena, file);
    return Tensor.of(arena, array.data(), array.dtype(), array.shape());
  }

  /** A state dict that Python has written, of a model with other weights. */
  private Weights pythonState(String name) throws IOException {
    Weights weights = new Weights();
    try (Stream<Path> files = Files.list(Fixtures.path("modules/" + name + "-state"))) {
      for (Path file : files.toList()) {
        String key = String.valueOf(file.getFileName());
        weights.parameter(key.substring(0, key.length() - ".npy".length()), npy(file));
      }
    }
    return weights;
  }

  @ParameterizedTest
  @ValueSource(strings = {"mlp", "convnet"})
  void computesWhatPythonComputesWithThem(String name) throws IOException {
    Tensor x = npy(Fixtures.path("modules/" + name + "-state.input.npy"));
    float[] expected = npy(Fixtures.path("modules/" + name + "-state.output.npy")).toFloatArray();
    Model original = load(name);
    float[] before = original.forward(arena, x).toFloatArray();
    Model model = original.withWeights(arena, pythonState(name));
    assertArrayEquals(expected, model.forward(arena, x).toFloatArray(), 1e-5f);
    assertArrayEquals(expected, model.freeze(arena).forward(arena, x).toFloatArray(), 1e-5f);
    assertArrayEquals(before, original.forward(arena, x).toFloatArray());
    assertEquals(original.parameters(), model.parameters());
    assertEquals(original.buffers(), model.buffers());
    // There and back.
    Model again = original.withWeights(arena, model.stateDict(arena));
    assertArrayEquals(
        model.forward(arena, x).toFloatArray(), again.forward(arena, x).toFloatArray());
  }

  /** As in Python, which converts, and takes a count that evaluation has no use for as it is. */
  @Test
  void convertsFloatsAndNeedsNoCounters() {
    Model model = Builtin.RESNET18.build(arena, 1);
    Weights half = new Weights();
    model
        .stateDict(arena)
        .tensors()
        .forEach(
            (name, tensor) -> {
              if (!name.endsWith("num_batches_tracked")) {
                half.parameter(name, tensor.to(DType.FLOAT16));
              }
            });
    Model given = Builtin.RESNET18.build(arena, half);
    Tensor expected = half.get("fc.weight").to(DType.FLOAT32);
    assertTrue(given.stateDict(arena).get("fc.weight").sameElements(expected));
    WeightsMismatchException e =
        assertThrows(
            WeightsMismatchException.class,
            () ->
                model.withWeights(
                    arena, new Weights().parameter("fc.bias", integers(1000)), false));
    assertEquals(List.of("fc.bias: expected float32 1000, got int64 1000"), e.mismatched());
  }

  private Tensor integers(int count) {
    return Tensor.of(arena, new long[count], count);
  }

  @Test
  void outOfAModel() {
    Weights state = load("methods").stateDict(arena);
    assertEquals(
        Set.of("weight", "child.weight", "child.bias", "steps", "halves"),
        Set.copyOf(state.names()));
    assertFalse(state.isBuffer("child.weight"));
    assertTrue(state.isBuffer("steps"));
    assertArrayEquals(new long[] {7}, state.get("steps").toLongArray());
    assertEquals(state.names(), List.copyOf(state.tensors().keySet()));
    assertEquals(List.of(), load("mlp-frozen").stateDict(arena).names());
    assertThrowsWith(IllegalArgumentException.class, "'no'", () -> state.isBuffer("no"));
  }

  /** They are views, and keep their memory when the model is gone. */
  @Test
  void writingToAStateDictChangesTheModel() {
    Weights state;
    try (Arena inner = Arena.ofConfined()) {
      Model model = Model.load(inner, Fixtures.path("models/methods.pt"));
      state = model.stateDict(arena);
      float[] before =
          model.forward(arena, Tensor.of(inner, new float[] {1, 1, 1}, 3)).toFloatArray();
      state.get("child.bias").segment().setAtIndex(JAVA_FLOAT, 0, 1000);
      float[] after =
          model.forward(arena, Tensor.of(inner, new float[] {1, 1, 1}, 3)).toFloatArray();
      assertNotEquals(before[0], after[0]);
      assertEquals(before[1], after[1]);
    }
    assertEquals(1000, state.get("child.bias").toFloatArray()[0]);
  }

  @Test
  void allThatDoesNotFitIsTold() {
    Model model = load("methods");
    Weights weights =
        new Weights()
            .parameter("weight", tensor(1, 2, 3, 4))
            .parameter("child.weight", Tensor.of(arena, new long[9], 3, 3))
            .parameter("child.gain", tensor(1))
            .buffer("steps", Tensor.of(arena, new long[] {1}));
    WeightsMismatchException e =
        assertThrowsWith(
            WeightsMismatchException.class,
            "the weights do not fit: 2 missing (child.bias, halves); 1 not in the model"
                + " (child.gain); 2 of another dtype or shape (weight: expected float32 3, got"
                + " float32 4, child.weight: expected float32 3x3, got int64 3x3)",
            () -> model.withWeights(arena, weights));
    assertEquals(List.of("child.bias", "halves"), e.missing());
    assertEquals(List.of("child.gain"), e.unexpected());
    assertEquals(2, e.mismatched().size());
    // Not strict: names may differ, tensors not.
    WeightsMismatchException lax =
        assertThrowsWith(
            WeightsMismatchException.class,
            "2 of another dtype",
            () -> model.withWeights(arena, weights, false));
    assertEquals(List.of(), lax.missing());
    assertEquals(List.of(), lax.unexpected());
  }

  @Test
  void howeverMany() {
    Weights many = new Weights();
    for (int i = 0; i < 100; i++) {
      many.parameter("w" + i, tensor(1));
    }
    WeightsMismatchException e =
        assertThrowsWith(
            WeightsMismatchException.class,
            "100 not in the model (w0, w1, w2, w3,",
            () -> load("mlp").withWeights(arena, many));
    assertEquals(100, e.unexpected().size());
    assertTrue(String.valueOf(e.getMessage()).contains("w98, w99)"), e.getMessage());
    assertThrowsWith(
        WeightsMismatchException.class,
        "not in the model",
        () -> load("mlp-frozen").withWeights(arena, many));
  }

  /** What training on several devices writes before each name. */
  @Test
  void aPrefixIsNoticed() {
    Model model = load("mlp");
    Weights prefixed = new Weights();
    model.stateDict(arena).tensors().forEach((name, w) -> prefixed.parameter("module." + name, w));
    assertThrowsWith(
        WeightsMismatchException.class,
        ": the names begin with 'module.', which the model's do not",
        () -> model.withWeights(arena, prefixed));
    Model wrapped = Model.script(arena, prefixed, "def forward(self, x):\n    return x\n");
    assertThrowsWith(
        WeightsMismatchException.class,
        ": the model's names begin with 'module.', which these do not",
        () -> wrapped.withWeights(arena, model.stateDict(arena)));
    WeightsMismatchException other =
        assertThrowsWith(
            WeightsMismatchException.class,
            "missing",
            () -> model.withWeights(arena, new Weights().parameter("x.y", tensor(1))));
    assertFalse(String.valueOf(other.getMessage()).contains("begin"), other.getMessage());
  }

  @Test
  void someWeightsOnly() {
    Model model = load("methods");
    Model changed =
        model.withWeights(
            arena, Weights.of(Map.of("weight", tensor(5, 6, 7), "unknown", tensor(1))), false);
    Weights state = changed.stateDict(arena);
    assertArrayEquals(new float[] {5, 6, 7}, state.get("weight").toFloatArray());
    assertEquals(
        model.stateDict(arena).get("child.weight").segment().address(),
        state.get("child.weight").segment().address());
    assertArrayEquals(new float[] {1, 1, 1}, model.stateDict(arena).get("weight").toFloatArray());
  }

  @Test
  void weightsOverSegmentsAreCopied() {
    Model model;
    try (Arena inner = Arena.ofConfined()) {
      MemorySegment memory = GuardedMemory.atEnd(inner, 12);
      memory.setAtIndex(JAVA_FLOAT, 1, 9);
      Tensor weight = Tensor.of(inner, memory, DType.FLOAT32, Shape.of(3));
      model = load("methods").withWeights(arena, Weights.of(Map.of("weight", weight)), false);
      memory.fill((byte) 0);
    }
    assertArrayEquals(new float[] {0, 9, 0}, model.stateDict(arena).get("weight").toFloatArray());
  }

  private static long address(Model model, String name, Arena arena) {
    return model.stateDict(arena).get(name).segment().address();
  }

  /** One set of weights in memory, however many models. */
  @Test
  void modelsShareWeights() {
    Model one = load("mlp");
    Model other = load("mlp");
    assertNotEquals(address(one, "out.weight", arena), address(other, "out.weight", arena));
    Model sharing = other.withWeights(arena, one.stateDict(arena));
    long shared = address(one, "out.weight", arena);
    assertEquals(shared, address(sharing, "out.weight", arena));
    assertEquals(shared, address(one.eval(arena), "out.weight", arena));
    assertEquals(shared, address(one.withThreads(1), "out.weight", arena));
    assertEquals(shared, address(one.keep(arena), "out.weight", arena));
    assertNotEquals(shared, address(one.half(arena), "out.weight", arena));
    one.stateDict(arena).get("out.bias").segment().fill((byte) 0);
    assertArrayEquals(new float[4], sharing.stateDict(arena).get("out.bias").toFloatArray());
  }

  /** Traces and scripts made of the same weights. */
  @Test
  void tracesShareWeights() {
    Tensor weight = Tensor.of(arena, new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
    Weights weights = new Weights().parameter("w", weight);
    Tensor example = Tensor.of(arena, new float[3], 1, 3);
    Model plain =
        Trace.of(arena, weights, in -> List.of(in.input(0).linear(in.weight("w"), null)), example)
            .model();
    Model rectified =
        Trace.of(
                arena,
                weights,
                in -> List.of(in.input(0).linear(in.weight("w"), null).relu()),
                example)
            .model();
    Model scripted =
        Model.script(arena, weights, "def forward(self, x):\n    return x @ self.w.t()\n");
    for (Model model : List.of(plain, rectified, scripted)) {
      assertEquals(weight.segment().address(), address(model, "w", arena));
    }
    weight.segment().setAtIndex(JAVA_FLOAT, 0, -100);
    Tensor x = Tensor.of(arena, new float[] {1, 0, 0}, 1, 3);
    assertArrayEquals(new float[] {-100, 4}, plain.forward(arena, x).toFloatArray());
    assertArrayEquals(new float[] {0, 4}, rectified.forward(arena, x).toFloatArray());
    assertArrayEquals(new float[] {-100, 4}, scripted.forward(arena, x).toFloatArray());
  }

  /** What the code of one changes, the other does not see. */
  @Test
  void modelsDoNotShareState() {
    Model counts = load("counts");
    Weights state = counts.stateDict(arena);
    Model one = counts.withWeights(arena, state);
    Model other = counts.withWeights(arena, state);
    Tensor x = tensor(1);
    assertEquals(102, one.forward(arena, x).item());
    assertEquals(203, one.forward(arena, x).item());
    assertEquals(102, other.forward(arena, x).item());
    assertEquals(0, state.get("count").item());
  }
}
