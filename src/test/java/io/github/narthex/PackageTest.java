package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.narthex.internal.aoti.PackageCache;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Packages that AOTInductor compiled, beside what Python's torch computed. */
@ExtendWith(LeakCheck.class)
class PackageTest {
  private static final ModelPackage.Options ANY = ModelPackage.Options.DEFAULT;

  private static Path file(String name) {
    return Fixtures.path("packages/" + name + ".pt2");
  }

  private static Model load(Arena arena, String name) {
    return Model.load(arena, file(name));
  }

  private static Tensor floats(Arena arena, long... shape) {
    Tensor tensor = Tensors.zeros(arena, DType.FLOAT32, Shape.of(shape));
    MemorySegment memory = tensor.segment();
    for (long i = 0; i < memory.byteSize() / 4; i++) {
      memory.setAtIndex(java.lang.foreign.ValueLayout.JAVA_FLOAT, i, (float) Math.sin((double) i));
    }
    return tensor;
  }

  static Stream<JsonObject> cases() throws IOException {
    String json = Files.readString(Fixtures.path("packages/packages.json"));
    return JsonParser.parseString(json).getAsJsonObject().getAsJsonArray("cases").asList().stream()
        .map(JsonElement::getAsJsonObject);
  }

  private static Tensor tensor(Arena arena, JsonObject of) {
    long[] shape =
        of.getAsJsonArray("shape").asList().stream().mapToLong(JsonElement::getAsLong).toArray();
    List<JsonElement> values = of.getAsJsonArray("values").asList();
    DType dtype = DType.parse(of.get("dtype").getAsString());
    if (dtype == DType.INT64) {
      long[] numbers = values.stream().mapToLong(JsonElement::getAsLong).toArray();
      return Tensor.of(arena, numbers, shape);
    }
    float[] numbers = new float[values.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = values.get(i).getAsFloat();
    }
    return Tensor.of(arena, numbers, shape);
  }

  /** The leaves of a result, named as Triton names them. */
  private static void flatten(String place, Value value, Map<String, Tensor> into) {
    switch (value) {
      case Value.OfTensor(Tensor tensor) -> into.put(place, tensor);
      case Value.OfTuple(List<Value> items) -> flatten(place, items, into);
      case Value.OfList(List<Value> items) -> flatten(place, items, into);
      case Value.OfDict(Map<Value, Value> entries) ->
          entries.forEach(
              (key, item) ->
                  flatten("%s[%s]".formatted(place, ((Value.OfString) key).text()), item, into));
      default -> throw new AssertionError(place + " is " + value);
    }
  }

  private static void flatten(String place, List<Value> items, Map<String, Tensor> into) {
    for (int i = 0; i < items.size(); i++) {
      flatten("%s[%d]".formatted(place, i), items.get(i), into);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void computesWhatPythonComputes(JsonObject expected) {
    try (Arena arena = Arena.ofConfined()) {
      Model model =
          Model.load(
              arena,
              file(expected.get("package").getAsString()),
              Device.CPU,
              ANY.withModel(expected.get("model").getAsString()));
      List<Value> positional = new ArrayList<>();
      Map<String, Value> named = new LinkedHashMap<>();
      expected
          .getAsJsonObject("inputs")
          .asMap()
          .forEach(
              (name, input) -> {
                Value value = Value.of(tensor(arena, input.getAsJsonObject()));
                if (name.startsWith("ARGS")) {
                  positional.add(value);
                } else {
                  named.put(name.substring("KWARGS[".length(), name.length() - 1), value);
                }
              });
      Map<String, Tensor> results = new LinkedHashMap<>();
      Value result = model.call(arena, "forward", positional, named);
      if (result instanceof Value.OfTensor(Tensor tensor)) {
        results.put("RESULT[0]", tensor);
      } else {
        flatten("RESULT", result, results);
      }
      JsonObject outputs = expected.getAsJsonObject("outputs");
      assertEquals(outputs.keySet(), results.keySet());
      results.forEach(
          (name, got) -> {
            Tensor wanted = tensor(arena, outputs.getAsJsonObject(name));
            assertEquals(wanted.shape(), got.shape(), name);
            assertEquals(wanted.dtype(), got.dtype(), name);
            assertArrayEquals(
                wanted.to(DType.FLOAT32).toFloatArray(),
                got.to(DType.FLOAT32).toFloatArray(),
                1e-5f,
                name);
          });
    }
  }

  @Test
  void aSessionComputesTheSame() {
    try (Arena arena = Arena.ofConfined()) {
      Model model = load(arena, "linear_relu");
      Tensor input = floats(arena, 2, 8);
      Session session = Session.open(arena, model, Value.of(input));
      session.run();
      float[] first = session.output(0).toFloatArray();
      assertArrayEquals(model.forward(arena, input).toFloatArray(), first);
      input.segment().fill((byte) 0);
      session.run();
      float[] second = session.output(0).toFloatArray();
      assertArrayEquals(model.forward(arena, input).toFloatArray(), second);
      assertTrue(first[1] != second[1]);
    }
  }

  @Test
  void resultsThatAreInputsHaveMemoryOfTheirOwn() {
    try (Arena arena = Arena.ofConfined()) {
      Tensor input = Tensor.of(arena, arena.allocate(24, 64), DType.FLOAT32, Shape.of(2, 3));
      Session session = Session.open(arena, load(arena, "views"), Value.of(input));
      for (int run = 0; run < 2; run++) { // libtorch remembers how it copied after the first
        input.segment().fill((byte) 0);
        session.run();
        input.segment().fill((byte) 0x41);
        assertArrayEquals(new float[6], session.output(0).toFloatArray());
        assertArrayEquals(new float[3], session.output(1).toFloatArray());
      }
    }
  }

  @Test
  void saysWhatItIs() {
    ModelPackage read = ModelPackage.read(file("mixed"));
    ModelPackage.Compiled model = read.models().getFirst();
    assertEquals("cpu", model.device());
    assertEquals("x86_64", model.machine());
    ModelPackage.Spec spec = model.spec().orElseThrow();
    assertEquals(
        List.of("x", "ids", "scale"),
        spec.inputs().stream().map(ModelPackage.Input::parameter).toList());
    assertEquals(DType.INT64, spec.inputs().get(1).dtype());
    assertEquals(2, ModelPackage.read(file("two_models")).models().size());
    assertTrue(ModelPackage.read(file("plain")).models().getFirst().spec().isEmpty());
    try (Arena arena = Arena.ofConfined()) {
      Model loaded = load(arena, "mixed");
      assertTrue(loaded.isCompiled());
      assertEquals(
          List.of("x", "ids", "scale"),
          loaded.methods().getFirst().arguments().stream().map(Method.Argument::name).toList());
      assertEquals(0, loaded.parameters().size());
      assertEquals(0, loaded.operators().size());
    }
  }

  private static String refused(Class<? extends Exception> type, Runnable call) {
    return String.valueOf(assertThrows(type, call::run).getMessage());
  }

  @Test
  void argumentsThatDoNotFitAreNamed() {
    try (Arena arena = Arena.ofConfined()) {
      Model model = load(arena, "dynamic_batch");
      Class<IllegalArgumentException> type = IllegalArgumentException.class;
      String expected = "forward: argument 'x' (ARGS[0]): expected float32 [batch 1..16, 8], got ";
      assertEquals(
          expected + "float32 17x8",
          refused(type, () -> model.forward(arena, floats(arena, 17, 8))));
      assertEquals(
          expected + "float32 2x9", refused(type, () -> model.forward(arena, floats(arena, 2, 9))));
      assertEquals(
          expected + "float32 8", refused(type, () -> model.forward(arena, floats(arena, 8))));
      assertEquals(
          expected + "float64 2x8",
          refused(
              type,
              () -> model.forward(arena, Tensors.zeros(arena, DType.FLOAT64, Shape.of(2, 8)))));
      assertEquals(
          "forward takes 1 argument, got 2",
          refused(type, () -> model.forward(arena, floats(arena, 2, 8), floats(arena, 2, 8))));
      assertEquals(
          "forward: argument 'x' (a tensor) is missing",
          refused(type, () -> model.call(arena, "forward", List.of())));
      assertEquals(
          "forward: argument 'x': expected a tensor, got an integer",
          refused(type, () -> model.call(arena, "forward", List.of(Value.of(1)))));
      assertEquals(
          expected + "float32 2x9",
          refused(type, () -> Session.open(arena, model, Value.of(floats(arena, 2, 9)))));
      assertEquals(
          "forward has no parameter 'y', it has: x",
          refused(
              type,
              () ->
                  model.call(
                      arena, "forward", List.of(), Map.of("y", Value.of(floats(arena, 2, 8))))));
    }
  }

  /** A package of which nothing is known is checked by what was compiled into it. */
  @Test
  void aPackageWithoutSpecChecksItself() {
    try (Arena arena = Arena.ofConfined()) {
      Model model = load(arena, "plain");
      for (Tensor wrong :
          List.of(
              floats(arena, 2, 9),
              floats(arena, 16),
              Tensors.zeros(arena, DType.FLOAT64, Shape.of(2, 8)))) {
        assertThrows(
            OperatorException.class, () -> model.forward(arena, wrong), () -> wrong.toString());
      }
      Tensor right = floats(arena, 2, 8);
      assertEquals(Shape.of(2, 4), model.forward(arena, right).shape());
      // Elements that lie in another order are brought into the one that was compiled.
      Tensor turned = floats(arena, 8, 2).transpose(0, 1);
      assertArrayEquals(
          model.forward(arena, turned.contiguous()).toFloatArray(),
          model.forward(arena, turned).toFloatArray());
    }
  }

  @Test
  void filesThatAreNotOneAreNamed() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      assertTrue(
          refused(ModelLoadException.class, () -> load(arena, "program"))
              .contains("is a torch.export program"));
      assertTrue(
          refused(ModelLoadException.class, () -> load(arena, "two_models"))
              .endsWith("has several models, decoder, encoder: name one"),
          () -> refused(ModelLoadException.class, () -> load(arena, "two_models")));
      assertTrue(
          refused(
                  ModelLoadException.class,
                  () -> Model.load(arena, file("plain"), Device.CPU, ANY.withModel("x")))
              .endsWith("has no model 'x', it has: model"));
      Path script = Fixtures.path("models/convnet.pt");
      assertTrue(
          refused(ModelLoadException.class, () -> Model.load(arena, script, Device.CPU, ANY))
              .endsWith("is no AOTInductor package but a TorchScript model, which can be run"));
      byte[] bytes = Files.readAllBytes(file("plain"));
      assertTrue(
          refused(ModelLoadException.class, () -> Model.load(arena, bytes, Device.CPU))
              .contains("write it to one"));
    }
  }

  @Test
  void onlyListedPackagesAreLoaded() {
    try (Arena arena = Arena.ofConfined()) {
      String digest = PackageCache.digest(file("plain"));
      Model.load(arena, file("plain"), Device.CPU, ANY.allow(Set.of(digest)));
      assertTrue(
          refused(
                  ModelLoadException.class,
                  () -> Model.load(arena, file("mixed"), Device.CPU, ANY.allow(Set.of(digest))))
              .contains("is not one of the packages that may be loaded: its SHA-256 is "));
    }
  }

  @Test
  void compiledCodeCanNotBeChanged() {
    try (Arena arena = Arena.ofConfined()) {
      Model model = load(arena, "plain");
      String message = refused(UnsupportedException.class, () -> model.freeze(arena));
      assertEquals(
          "an AOTInductor package is compiled code, which can't be frozen: do that to the model"
              + " that it is compiled from",
          message);
      assertThrows(UnsupportedException.class, () -> model.bfloat16(arena));
      assertThrows(UnsupportedException.class, () -> model.save(Path.of("x.pt")));
      assertThrows(UnsupportedException.class, model::withOneDnnGraph);
    }
  }

  @Test
  void runnersRunSideBySide() throws Exception {
    try (Arena arena = Arena.ofShared();
        ExecutorService threads = Executors.newFixedThreadPool(4)) {
      Model model =
          Model.load(arena, file("dynamic_batch"), Device.CPU, ANY.withRunners(3)).withThreads(1);
      Tensor input = floats(arena, 16, 8);
      float[] expected = model.forward(arena, input).toFloatArray();
      List<Callable<Void>> calls = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        calls.add(
            () -> {
              try (Arena call = Arena.ofConfined()) {
                assertArrayEquals(expected, model.forward(call, input).toFloatArray());
              }
              return null;
            });
      }
      for (var done : threads.invokeAll(calls)) {
        done.get();
      }
    }
  }

  /** However many runners are asked for: they would have their buffers in common. */
  @Test
  void callsThatChangeBuffersTakeTurns() throws Exception {
    try (Arena arena = Arena.ofShared();
        ExecutorService threads = Executors.newFixedThreadPool(4)) {
      Model model =
          Model.load(arena, file("counter"), Device.CPU, ANY.withRunners(4)).withThreads(1);
      assertTrue(model.isStateful());
      assertFalse(load(arena, "dynamic_batch").isStateful());
      Tensor input = floats(arena, 3);
      List<Callable<Void>> calls = new ArrayList<>();
      for (int i = 0; i < 400; i++) {
        calls.add(
            () -> {
              try (Arena call = Arena.ofConfined()) {
                var _ = model.forward(call, input);
              }
              return null;
            });
      }
      for (var done : threads.invokeAll(calls)) {
        done.get();
      }
      assertEquals(400, PackageWeights.copy(model, arena).get("calls").toFloatArray()[0]);
    }
  }

  private static Value mixed(Arena arena, Model model) {
    return model.call(
        arena,
        "forward",
        List.of(
            Value.of(floats(arena, 2, 8)),
            Value.of(Tensors.zeros(arena, DType.INT64, Shape.of(2, 3)))),
        Map.of("scale", Value.of(Tensors.ones(arena, DType.FLOAT32, Shape.of()))));
  }

  private static float[] scores(Arena arena, Model model) {
    Map<String, Tensor> results = new LinkedHashMap<>();
    flatten("RESULT", mixed(arena, model), results);
    return Objects.requireNonNull(results.get("RESULT[scores]")).toFloatArray();
  }

  @Test
  void weightsAreListedAndReplaced() {
    try (Arena arena = Arena.ofConfined()) {
      Model model = load(arena, "mixed");
      assertEquals(
          List.of("linear.bias", "linear.weight", "table.weight"),
          List.copyOf(PackageWeights.of(model).keySet()));
      Weights old = PackageWeights.copy(model, arena);
      float[] before = scores(arena, model);
      Tensor turned = old.get("linear.weight").neg();
      PackageWeights.overwrite(model, new Weights().parameter("linear.weight", turned));
      float[] changed = scores(arena, model);
      assertFalse(Arrays.equals(before, changed));
      Tensor columns = turned.transpose(0, 1).contiguous().transpose(0, 1);
      assertFalse(columns.isContiguous());
      PackageWeights.overwrite(model, new Weights().parameter("linear.weight", columns));
      assertArrayEquals(changed, scores(arena, model));
      PackageWeights.swap(model, old);
      assertArrayEquals(before, scores(arena, model));
      Weights others = new Weights().parameter("linear.weight", turned);
      others.parameter("linear.bias", old.get("linear.bias"));
      others.parameter("table.weight", old.get("table.weight"));
      PackageWeights.swap(model, others);
      assertArrayEquals(changed, scores(arena, model));
    }
  }

  @Test
  void weightsThatDoNotFitAreNamed() {
    try (Arena arena = Arena.ofConfined()) {
      Model model = load(arena, "mixed");
      Tensor five = floats(arena, 5);
      Class<WeightsMismatchException> type = WeightsMismatchException.class;
      Weights wrongShape = new Weights().parameter("linear.bias", five);
      assertTrue(
          refused(type, () -> PackageWeights.overwrite(model, wrongShape))
              .contains("linear.bias: expected"));
      Weights unknown = new Weights().parameter("x", five);
      assertTrue(
          refused(type, () -> PackageWeights.overwrite(model, unknown))
              .contains("1 not in the model (x)"));
      Weights some = new Weights().parameter("linear.bias", floats(arena, 4));
      assertTrue(
          refused(type, () -> PackageWeights.swap(model, some))
              .contains("2 missing (linear.weight, table.weight)"));
      Model script = Model.load(arena, Fixtures.path("models/convnet.pt"));
      assertThrows(IllegalArgumentException.class, () -> PackageWeights.of(script));
    }
  }
}
