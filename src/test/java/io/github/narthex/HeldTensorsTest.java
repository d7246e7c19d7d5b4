package io.github.narthex;

import static io.github.narthex.MoreAssertions.assertThrowsWith;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tensors that models hold elsewhere than in their attributes, or that are no real numbers. */
@ExtendWith(LeakCheck.class)
class HeldTensorsTest {
  private static final float[] EXPECTED = {-2, 7.75f, 11.25f};

  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  private Model load(String name) {
    return Model.load(arena, Fixtures.path("modules/" + name + ".pt"));
  }

  private float[] run(Model model) {
    return model.forward(arena, Tensor.of(arena, new float[] {1, 2, 3}, 3)).toFloatArray();
  }

  /** libtorch's numbers of the dtypes, those of six floating-point tensors and of one of int64. */
  private Value dtypes(int floatingPoint) {
    List<Value> all = Collections.nCopies(6, Value.of(floatingPoint));
    return Value.list(Stream.concat(all.stream(), Stream.of(Value.of(4))).toArray(Value[]::new));
  }

  private Value dtypesOf(Model model) {
    return model.call(arena, "dtypes", List.of());
  }

  @Test
  void areConvertedWhereverTheyAre() {
    Model model = load("held");
    assertArrayEquals(EXPECTED, run(model));
    Model bfloat16 = model.bfloat16(arena);
    assertEquals(dtypes(15), dtypesOf(bfloat16));
    assertArrayEquals(EXPECTED, run(bfloat16), 0.1f);
    assertEquals(dtypes(5), dtypesOf(model.half(arena)));
    assertArrayEquals(EXPECTED, run(model.half(arena)), 0.01f);
    assertArrayEquals(EXPECTED, run(model.channelsLast(arena)));
    assertArrayEquals(EXPECTED, run(model.to(arena, Device.CPU)));
    assertEquals(dtypes(6), dtypesOf(model));
  }

  /** A tensor that is in two places stays one, and is not the original's. */
  @Test
  void areStillShared() {
    Model model = load("held");
    for (Model copy : List.of(model.bfloat16(arena), model.channelsLast(arena))) {
      assertEquals(Value.of(true), copy.call(arena, "is_shared", List.of()));
    }
    assertArrayEquals(EXPECTED, run(model));
    assertEquals(Value.of(true), model.call(arena, "is_shared", List.of()));
  }

  /** Lists and dicts are constants of the frozen code. */
  @Test
  void areConvertedInFrozenCode() {
    Model frozen = load("held-apart").freeze(arena);
    assertArrayEquals(EXPECTED, run(frozen));
    List<TensorInfo> before = frozen.constants();
    assertEquals(Set.of(DType.FLOAT32), dtypesIn(before));
    // Those in the list and the dict, too.
    assertTrue(before.size() >= 5, before::toString);
    Model bfloat16 = frozen.bfloat16(arena);
    assertEquals(Set.of(DType.BFLOAT16), dtypesIn(bfloat16.constants()));
    assertEquals(before.size(), bfloat16.constants().size());
    assertArrayEquals(EXPECTED, run(bfloat16), 0.1f);
    assertArrayEquals(EXPECTED, run(frozen.channelsLast(arena)));
    assertEquals(before, frozen.constants());
    assertArrayEquals(EXPECTED, run(frozen));
  }

  private static Set<DType> dtypesIn(List<TensorInfo> tensors) {
    return tensors.stream().map(TensorInfo::dtype).collect(Collectors.toSet());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void packedWeightsAreRefused(boolean isFrozen) {
    Model loaded = load("packed");
    Model model = isFrozen ? loaded.freeze(arena) : loaded;
    for (BiFunction<Model, Arena, Model> convert :
        List.<BiFunction<Model, Arena, Model>>of(Model::bfloat16, Model::half)) {
      assertThrowsWith(
          UnsupportedException.class,
          "can't be converted: it holds weights in an object of class"
              + " __torch__.torch.classes.quantized.LinearPackedParamsBase",
          () -> convert.apply(model, arena));
    }
    Tensor x = Tensor.of(arena, new float[] {1, 1, 1, 1}, 1, 4);
    float[] expected = loaded.forward(arena, x).toFloatArray();
    for (Model same :
        List.of(model, model.channelsLast(arena), model.to(arena, Device.CPU), model.eval(arena))) {
      assertArrayEquals(expected, same.forward(arena, x).toFloatArray());
    }
  }

  @Test
  void weightsInOneDnnsLayoutsAreRefused() {
    Model model = Model.load(arena, Fixtures.path("models/convnet.pt")).optimizeForInference(arena);
    assertThrowsWith(
        UnsupportedException.class,
        "its weights are in oneDNN's layouts; do this before it is optimised",
        () -> model.bfloat16(arena));
  }

  @Test
  void complexAndQuantisedTensors() {
    Model model = load("exotic");
    assertEquals("complex64 2", String.valueOf(model.parameters().get("wave")));
    assertEquals("complex128 1", String.valueOf(model.buffers().get("fine")));
    assertEquals("quint8 2", String.valueOf(model.buffers().get("bytes")));
    assertEquals("qint8 2x3", String.valueOf(model.buffers().get("channels")));
    Tensor x = Tensor.of(arena, new float[] {1, 1}, 2);
    float[] expected = {6, 16.25f, 6.25f, 14.5f};
    for (Model same :
        List.of(
            model,
            model.withWeights(arena, model.stateDict(arena)),
            model.freeze(arena),
            model.channelsLast(arena),
            model.keep(arena))) {
      assertArrayEquals(expected, same.forward(arena, x).toFloatArray());
    }
    assertEquals(
        Set.of(DType.COMPLEX64, DType.COMPLEX128, DType.QUINT8, DType.QINT8),
        dtypesIn(model.freeze(arena).constants()));
    assertTrue(model.stateDict(arena).get("bytes").toString().contains("scale 0.5"));
    assertTrue(model.operators().containsKey("aten::dequantize"));
    // What fails is described.
    Tensor three = Tensor.of(arena, new float[3], 3);
    assertThrowsWith(
        OperatorException.class, "called with float32 3", () -> model.forward(arena, three));
    Tensor wave = model.stateDict(arena).get("wave");
    assertThrowsWith(
        OperatorException.class, "called with complex64 2, float32 3", () -> wave.add(three));
    Tensor bytes = model.stateDict(arena).get("bytes");
    assertThrowsWith(
        NarthexException.class, "called with quint8 2, float32 3", () -> bytes.matmul(three));
  }

  /** Their weights, in a trace; and converted. */
  @Test
  void tracesOfComplexAndQuantisedTensors() {
    Weights weights = load("exotic").stateDict(arena);
    Tensor x = Tensor.of(arena, new float[] {1, 3}, 2);
    Traced traced =
        Trace.of(
            arena,
            weights,
            in -> {
              Tensor turned = in.input(0).mul(in.weight("wave"));
              return List.of(turned, in.weight("bytes").dequantize().add(in.input(0)));
            },
            x);
    assertEquals(List.of(), traced.warnings());
    traced.check(0, Tensor.of(arena, new float[] {-1, 0.5f}, 2));
    Model model = traced.model();
    assertEquals("quint8 2", String.valueOf(model.buffers().get("bytes")));
    List<Tensor> outputs = model.forward(arena, Value.of(x)).tensors();
    assertArrayEquals(new float[] {1, 2, 0, -3}, outputs.get(0).viewAsReal().toFloatArray());
    assertArrayEquals(new float[] {2, 5.5f}, outputs.get(1).toFloatArray());
    // Only real floating-point numbers become others.
    Model half = model.half(arena);
    assertEquals(model.parameters(), half.parameters());
    assertEquals(model.buffers(), half.buffers());
  }

  /** complex32 has no place in Java: whoever asks for it is told, and nobody else. */
  @Test
  void aDTypeThatJavaHasNot() {
    Tensor narrow =
        Operator.of("aten::complex")
            .call(
                arena,
                Value.of(Tensor.of(arena, new float[] {1, 2}, 2).to(DType.FLOAT16)),
                Value.of(Tensor.of(arena, new float[] {3, 4}, 2).to(DType.FLOAT16)))
            .getFirst()
            .tensor();
    Tensor three = Tensor.of(arena, new float[3], 3);
    Model model = Model.load(arena, Fixtures.path("models/two-inputs.pt"));
    assertThrowsWith(
        OperatorException.class,
        "(called with float32 3)",
        () -> model.forward(arena, narrow, three));
    assertThrowsWith(
        OperatorException.class,
        "called with a tensor of another dtype, float32 3",
        () -> narrow.add(three));
    Session session =
        Session.open(
            arena, Model.load(arena, Fixtures.path("models/identity.pt")), Value.of(narrow));
    session.run();
    assertEquals(1, session.outputCount());
    Model holder =
        Model.script(
            arena,
            new Weights().parameter("layer.narrow", narrow),
            "def forward(self, x):\n    return x\n");
    assertThrowsWith(UnsupportedException.class, "'layer.narrow'", holder::parameters);
    assertThrowsWith(
        UnsupportedException.class,
        "'layer.narrow'",
        () -> holder.withWeights(arena, new Weights()));
    assertEquals(List.of("layer.narrow"), holder.stateDict(arena).names());
    assertArrayEquals(new float[3], holder.forward(arena, three).toFloatArray());
  }
}
