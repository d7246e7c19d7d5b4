package io.github.narthex;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Changed copies agree with the original, and leave it as it was. */
@ExtendWith(LeakCheck.class)
class ModelCopyTest {
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  private static Model load(Arena arena, String name) {
    return Model.load(arena, Fixtures.path("models/" + name + ".pt"));
  }

  private Tensor images() {
    Random random = new Random(7);
    float[] pixels = new float[2 * 3 * 32 * 32];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = random.nextFloat() - 0.5f;
    }
    return Tensor.of(arena, pixels, 2, 3, 32, 32);
  }

  /** A change, and how far results may be off, relative to the largest one. */
  enum Change {
    EVAL(Model::eval, 0),
    FREEZE(Model::freeze, 1e-5),
    OPTIMIZE(Model::optimizeForInference, 1e-5),
    CHANNELS_LAST(Model::channelsLast, 1e-5),
    BFLOAT16(Model::bfloat16, 0.03),
    FUSED((model, arena) -> model.freeze(arena).withOneDnnGraph(), 1e-5),
    FUSED_BFLOAT16(
        (model, arena) -> model.freeze(arena).bfloat16(arena).channelsLast(arena).withOneDnnGraph(),
        0.03),
    NO_GRAD((model, arena) -> model.withGradMode(GradMode.NO_GRAD), 0),
    GRAD((model, arena) -> model.withGradMode(GradMode.GRAD), 0);

    @SuppressWarnings("ImmutableEnumChecker") // method references: they hold no state
    private final BiFunction<Model, Arena, Model> apply;

    private final double tolerance;

    Change(BiFunction<Model, Arena, Model> apply, double tolerance) {
      this.apply = apply;
      this.tolerance = tolerance;
    }
  }

  @Test
  void isKeptByAnotherArena() {
    Tensor input = images();
    float[] expected;
    Model kept;
    try (Arena first = Arena.ofConfined()) {
      Model model = load(first, "convnet").withThreads(1);
      expected = model.forward(arena, input).toFloatArray();
      kept = model.keep(arena);
    }
    assertEquals(1, kept.threads());
    assertArrayEquals(expected, kept.forward(arena, input).toFloatArray());
  }

  @ParameterizedTest
  @EnumSource
  void agreesAndLeavesTheOriginal(Change change) {
    Model model = load(arena, "convnet");
    Tensor x = images();
    float[] expected = model.forward(arena, x).toFloatArray();
    float largest = 0;
    for (float value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    var parameters = model.parameters();
    var buffers = model.buffers();
    var operators = model.operators();

    Model changed = change.apply.apply(model, arena);
    // Three calls: the executor specialises on the first ones, and the fuser compiles.
    for (int call = 0; call < 3; call++) {
      Tensor result = changed.forward(arena, x);
      assertEquals(DType.FLOAT32, result.dtype());
      assertTrue(result.isContiguous());
      assertArrayEquals(
          expected, result.toFloatArray(), (float) (change.tolerance * largest), "call " + call);
    }

    assertEquals(parameters, model.parameters());
    assertEquals(buffers, model.buffers());
    assertEquals(operators, model.operators());
    assertFalse(model.training());
    assertArrayEquals(expected, model.forward(arena, x).toFloatArray());
  }

  @ParameterizedTest
  @EnumSource(names = {"EVAL", "FREEZE", "OPTIMIZE", "CHANNELS_LAST", "BFLOAT16"})
  void outlivesTheOriginal(Change change) {
    Tensor x = images();
    Model changed;
    float[] expected;
    try (Arena inner = Arena.ofConfined()) {
      changed = change.apply.apply(load(inner, "convnet"), arena);
      expected = changed.forward(arena, x).toFloatArray();
    }
    assertArrayEquals(expected, changed.forward(arena, x).toFloatArray(), 1e-5f);
  }

  @Test
  void freezingFoldsBatchNormalisation() {
    Model frozen = load(arena, "convnet").freeze(arena);
    assertFalse(
        frozen.operators().containsKey("aten::batch_norm"),
        () -> "operators: " + frozen.operators());
    assertTrue(frozen.parameters().isEmpty());
    assertFalse(frozen.constants().isEmpty());
  }

  @Test
  void bfloat16ConvertsOnlyFloats() {
    Model model = load(arena, "methods").bfloat16(arena);
    assertTrue(
        model.parameters().values().stream().allMatch(info -> info.dtype() == DType.BFLOAT16));
    assertEquals(DType.INT64, requireNonNull(model.buffers().get("steps")).dtype());
    assertEquals(DType.BFLOAT16, requireNonNull(model.buffers().get("halves")).dtype());
    Model frozen = load(arena, "mlp-frozen").bfloat16(arena);
    assertTrue(frozen.constants().stream().allMatch(info -> info.dtype() == DType.BFLOAT16));
    // Indices stay integers, or there would be no embedding.
    Model embedding = load(arena, "embedding");
    Tensor ids = Tensor.of(arena, new long[] {1, 2, 99}, 1, 3);
    assertArrayEquals(
        embedding.forward(arena, ids).toFloatArray(),
        embedding.bfloat16(arena).forward(arena, ids).toFloatArray(),
        0.02f);
  }

  /** The caller's dtype comes back, whatever it is. */
  @Test
  void bfloat16KeepsTheCallersDtype() {
    Model model = load(arena, "identity").bfloat16(arena);
    for (DType dtype : List.of(DType.FLOAT32, DType.FLOAT64, DType.FLOAT16, DType.BFLOAT16)) {
      Tensor x = Tensor.of(arena, new double[] {1, 2.5}, 2).to(dtype);
      Tensor y = model.forward(arena, x);
      assertEquals(dtype, y.dtype());
      assertArrayEquals(new double[] {1, 2.5}, y.toDoubleArray());
    }
    assertEquals(DType.INT64, model.forward(arena, Tensor.of(arena, new long[] {7}, 1)).dtype());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void fusedModelTakesNewShapes(int threads) {
    Model plain = load(arena, "convnet");
    Model fused = plain.freeze(arena).withOneDnnGraph().withThreads(threads);
    for (int size : new int[] {8, 16, 8, 12, 16, 16, 8}) {
      Tensor x = Tensor.of(arena, new float[3 * size * size], 1, 3, size, size);
      assertArrayEquals(
          plain.forward(arena, x).toFloatArray(), fused.forward(arena, x).toFloatArray(), 1e-5f);
    }
  }
}
