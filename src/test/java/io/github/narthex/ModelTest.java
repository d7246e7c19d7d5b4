package io.github.narthex;

import static io.github.narthex.MoreAssertions.assertThrowsWith;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakCheck.class)
class ModelTest {
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

  @Test
  void methodsAndTheirSignatures() {
    List<Method> methods = load("methods").methods();
    assertEquals(
        List.of("forward", "scaled"), methods.stream().map(Method::name).sorted().toList());
    Method scaled =
        methods.stream().filter(method -> method.name().equals("scaled")).findFirst().orElseThrow();
    assertEquals(
        List.of(new Method.Argument("x", "Tensor", false), new Method.Argument("by", "int", true)),
        scaled.arguments());
    assertTrue(scaled.schema().contains("int by=2) -> Tensor"), scaled.schema());
    assertEquals(
        List.of(
            new Method.Argument("x", "Tensor", false),
            new Method.Argument("bias", "Optional[Tensor]", true),
            new Method.Argument("scale", "float", true)),
        load("optional-argument").methods().getFirst().arguments());
    assertEquals(
        "Tuple[Tensor, Dict[str, List[Tensor]]]",
        load("nested").methods().getFirst().arguments().getFirst().type());
  }

  /** Also once it is closed: text for a log must not fail. */
  @Test
  void tellsWhereItComesFrom() {
    Model closed;
    Model scripted;
    try (Arena inner = Arena.ofConfined()) {
      closed = Model.load(inner, Fixtures.path("models/mlp.pt"));
      scripted = Model.script(inner, "def forward(self, x): return x");
    }
    assertEquals("Model[" + Fixtures.path("models/mlp.pt") + "]", closed.toString());
    assertEquals("Model[script]", scripted.toString());
  }

  @Test
  void callsMethodsByName() {
    Model model = load("methods");
    Value x = Value.of(tensor(1, 2, 3));
    assertArrayEquals(
        new float[] {6, 12, 18}, model.call(arena, "scaled", List.of(x)).tensor().toFloatArray());
    assertArrayEquals(
        new float[] {30, 60, 90},
        model.call(arena, "scaled", List.of(x, Value.of(10))).tensor().toFloatArray());
    assertThrowsWith(
        IllegalArgumentException.class,
        "the model has no method 'backward', it has: forward, scaled",
        () -> model.call(arena, "backward", List.of(x)));
  }

  @Test
  void parametersBuffersConstants() {
    Model model = load("methods");
    assertEquals(
        Map.of(
            "weight", new TensorInfo(DType.FLOAT32, Shape.of(3)),
            "child.weight", new TensorInfo(DType.FLOAT32, Shape.of(3, 3)),
            "child.bias", new TensorInfo(DType.FLOAT32, Shape.of(3))),
        model.parameters());
    assertEquals(
        Map.of(
            "steps", new TensorInfo(DType.INT64, Shape.SCALAR),
            "halves", new TensorInfo(DType.FLOAT16, Shape.of(2))),
        model.buffers());
    assertEquals(List.of(), model.constants());
    Model frozen = load("mlp-frozen");
    assertEquals(Map.of(), frozen.parameters());
    assertEquals(Map.of(), frozen.buffers());
    assertEquals(
        List.of(8L * 16, 16L, 16L * 4, 4L).stream().sorted().toList(),
        frozen.constants().stream().map(info -> info.shape().elementCount()).sorted().toList());
  }

  @Test
  void operators() {
    Map<String, Long> counts = load("convnet").operators();
    assertEquals(2, counts.get("aten::conv2d"));
    assertEquals(2, counts.get("aten::batch_norm"));
    assertEquals(2, counts.get("aten::relu"));
    assertEquals(1, counts.get("aten::linear"));
    assertTrue(
        counts.keySet().stream().noneMatch(name -> name.startsWith("prim::")), counts::toString);
  }

  @Test
  void stateIsReported() {
    assertFalse(load("convnet").isStateful());
    assertTrue(load("counts").isStateful());
    assertTrue(load("keeps-input").freeze(arena).isStateful());
  }

  @Test
  void trainingModeIsReported() {
    Model model = load("training");
    assertTrue(model.training());
    Tensor x = Tensor.of(arena, new float[8], 1, 8);
    String message = "the model is in training mode";
    assertThrowsWith(IllegalStateException.class, message, () -> model.forward(arena, x));
    assertThrowsWith(
        IllegalStateException.class, message, () -> Session.open(arena, model, Value.of(x)));
    assertThrowsWith(IllegalStateException.class, message, () -> model.freeze(arena));
    assertThrowsWith(IllegalStateException.class, message, () -> model.optimizeForInference(arena));
    Model eval = model.eval(arena);
    assertFalse(eval.training());
    assertTrue(model.training());
    assertArrayEquals(eval.forward(arena, x).toFloatArray(), eval.forward(arena, x).toFloatArray());
    assertFalse(load("mlp").training());
  }

  @Test
  void failuresOfTheModelsCode() {
    OperatorException raised =
        assertThrowsWith(
            OperatorException.class,
            "this model always raises",
            () -> load("raises").forward(arena, tensor(1)));
    assertTrue(raised.detail().contains("raise"), raised.detail());
    assertThrowsWith(
        OperatorException.class,
        "(called with float32 2x7)",
        () -> load("mlp").forward(arena, Tensor.of(arena, new float[14], 2, 7)));
    assertThrowsWith(
        OperatorException.class,
        "called with int32 2x8",
        () -> load("mlp").forward(arena, Tensor.of(arena, new int[16], 2, 8)));
    assertThrowsWith(
        OperatorException.class,
        "height x width x channels",
        () -> load("convnet").forward(arena, Tensor.of(arena, new float[3072], 1, 32, 32, 3)));
    // An index beyond an embedding's table.
    assertThrowsWith(
        OperatorException.class,
        "index out of range",
        () -> load("embedding").forward(arena, Tensor.of(arena, new long[] {100}, 1, 1)));
    assertThrowsWith(
        OperatorException.class,
        "index out of range",
        () -> load("embedding").forward(arena, Tensor.of(arena, new long[] {-1}, 1, 1)));
  }

  @Test
  void emptyBatches() {
    Tensor none = Tensor.of(arena, new float[0], 0, 8);
    assertEquals(Shape.of(0, 4), load("mlp").forward(arena, none).shape());
  }

  @Test
  void resultsGoWhereTheyAreWanted() {
    Tensor kept;
    try (Arena inner = Arena.ofConfined()) {
      Model model = Model.load(inner, Fixtures.path("models/mlp.pt"));
      kept = model.forward(arena, Tensor.of(inner, new float[16], 2, 8));
    }
    assertEquals(8, kept.toFloatArray().length);
    assertEquals(arena, kept.arena());
  }

  @Test
  void threadsHaveBounds() {
    Model model = load("mlp");
    assertEquals(Runtime.getRuntime().availableProcessors(), model.threads());
    assertEquals(3, model.withThreads(3).threads());
    for (int threads : new int[] {-1, 0, Model.MAX_THREADS + 1}) {
      assertThrowsWith(
          IllegalArgumentException.class,
          "threads must be from 1 to ",
          () -> model.withThreads(threads));
    }
  }
}
