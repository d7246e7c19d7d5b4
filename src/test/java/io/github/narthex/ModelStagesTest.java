package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.models.Builtin;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Models split by layers compute what they did as a whole. */
@ExtendWith(LeakCheck.class)
class ModelStagesTest {
  private static Value pattern(Arena arena, long... shape) {
    float[] values = new float[(int) Shape.of(shape).elementCount()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.sin(i * 0.37) * 0.5f;
    }
    return Value.of(Tensor.of(arena, values, shape));
  }

  private static Value tokens(Arena arena, long... shape) {
    long[] values = new long[(int) Shape.of(shape).elementCount()];
    for (int i = 0; i < values.length; i++) {
      values[i] = i * 7L % 100;
    }
    return Value.of(Tensor.of(arena, values, shape));
  }

  private static Model fixture(Arena arena, String name) {
    return Model.load(arena, Fixtures.path(name));
  }

  private static Model builtin(Arena arena, String name) {
    return Builtin.named(name).orElseThrow().build(arena, 1);
  }

  private static long bytes(Model model) {
    return model.constants().stream().mapToLong(TensorInfo::byteSize).sum();
  }

  /** Values without their tensors' identity: tensors are compared apart. */
  private static void assertSame(Value expected, Value actual) {
    assertEquals(Values.kind(expected), Values.kind(actual));
    List<Tensor> tensors = expected.tensors();
    List<Tensor> others = actual.tensors();
    assertEquals(tensors.size(), others.size());
    for (int i = 0; i < tensors.size(); i++) {
      assertTrue(tensors.get(i).sameElements(others.get(i)), "tensor " + i + " differs");
    }
    if (tensors.isEmpty()) {
      assertEquals(expected, actual);
    }
  }

  private static ModelStages assertSplits(Arena arena, Model model, int count, Value... inputs) {
    ModelStages stages = ModelStages.of(arena, model, count);
    assertEquals(count, stages.models().size());
    assertEquals(1, stages.parts().stream().mapToDouble(Double::doubleValue).sum(), 1e-9);
    assertSame(model.freeze(arena).forward(arena, inputs), stages.forward(arena, inputs));
    return stages;
  }

  /** How many stages a model can be cut into. */
  private static int most(Arena arena, Model model) {
    IllegalArgumentException tooMany =
        assertThrows(IllegalArgumentException.class, () -> ModelStages.of(arena, model, 1024));
    Matcher matcher =
        Pattern.compile("expected from 1 to (\\d+) stages, .*, got 1024")
            .matcher(String.valueOf(tooMany.getMessage()));
    assertTrue(matcher.matches(), tooMany::toString);
    return Integer.parseInt(matcher.group(1));
  }

  private static void assertSplitsAnyhow(Arena arena, Model model, int most, Value... inputs) {
    assertEquals(most, most(arena, model));
    for (int count = 1; count <= most; count++) {
      assertSplits(arena, model, count, inputs);
    }
  }

  @Test
  void networksComputeTheSameInAnyNumberOfStages() {
    try (Arena arena = Arena.ofConfined()) {
      assertSplitsAnyhow(arena, fixture(arena, "models/mlp.pt"), 3, pattern(arena, 2, 8));
      assertSplitsAnyhow(arena, fixture(arena, "models/mlp-frozen.pt"), 3, pattern(arena, 2, 8));
      assertSplitsAnyhow(
          arena, fixture(arena, "models/convnet.pt"), 6, pattern(arena, 2, 3, 32, 32));
      assertSplitsAnyhow(arena, fixture(arena, "models/embedding.pt"), 2, tokens(arena, 2, 3));
      Value image = pattern(arena, 1, 8, 6, 6);
      assertSplitsAnyhow(arena, fixture(arena, "models/residual.pt"), 3, image, image);
      assertSplitsAnyhow(arena, fixture(arena, "modules/packed.pt"), 3, pattern(arena, 3, 4));
    }
  }

  @Test
  void whatIsNoTensorCrossesCutsToo() {
    try (Arena arena = Arena.ofConfined()) {
      Value x = pattern(arena, 3, 4);
      assertSplits(
          arena,
          fixture(arena, "models/scalars.pt"),
          4,
          x,
          Value.of(3),
          Value.of(1.5),
          Value.of(true),
          Value.of("a"));
      Model optional = fixture(arena, "models/optional-argument.pt");
      assertSplits(arena, optional, 2, x); // the defaults are those of the first stage
      assertSplits(arena, optional, 2, x, x, Value.of(2.0));
      assertSplits(arena, fixture(arena, "models/list-output.pt"), 3, x);
      assertSplits(arena, fixture(arena, "models/dict-output.pt"), 2, x);
      assertSplits(arena, fixture(arena, "models/tuple-output.pt"), 3, x);
      Model tuples =
          Model.script(
              arena,
              """
              def forward(self, x):
                low, high = torch.min(x, 1), torch.max(x, 1)
                pair = (low[0], {"a": high[0]}, x.size(0))
                y = x.relu()
                return (y.sum() + pair[0]) * pair[2], pair
              """);
      int most = most(arena, tuples);
      assertEquals(10, most);
      assertSplits(arena, tuples, most, x);
    }
  }

  @Test
  void resnetIsCutIntoEqualPartsAcrossItsResiduals() {
    try (Arena arena = Arena.ofConfined()) {
      Model model = builtin(arena, "resnet18");
      ModelStages two = assertSplits(arena, model, 2, pattern(arena, 1, 3, 64, 64));
      ModelStages five = assertSplits(arena, model, 5, pattern(arena, 2, 3, 64, 64));
      assertTrue(
          two.parts().getFirst() > 0.4 && two.parts().getFirst() < 0.6, two.parts()::toString);
      // Each has only its own weights, and all together have all of them.
      long whole = bytes(model.freeze(arena));
      assertEquals(whole, five.models().stream().mapToLong(ModelStagesTest::bytes).sum());
      assertTrue(bytes(five.models().getFirst()) < whole / 2);
      ModelStages skewed = ModelStages.of(arena, model, List.of(9.0, 1.0));
      assertTrue(skewed.parts().getFirst() > 0.7, skewed.parts()::toString);
      assertEquals(
          (double) bytes(skewed.models().getFirst()) / whole, skewed.parts().getFirst(), 1e-6);
    }
  }

  @Test
  void transformersAndRecurrentNetworksAreSplit() {
    try (Arena arena = Arena.ofConfined()) {
      Value ids = tokens(arena, 2, 7);
      Value zeros = Value.of(ids.tensor().mul(0));
      Value ones = Value.of(ids.tensor().mul(0).add(1));
      ModelStages stages = assertSplits(arena, builtin(arena, "bert-base"), 3, ids, ones, zeros);
      stages
          .parts()
          .forEach(part -> assertTrue(part > 0.2 && part < 0.5, stages.parts()::toString));
      assertSplits(arena, builtin(arena, "lstm"), 2, pattern(arena, 2, 5, 128));
    }
  }

  @Test
  void timesDecideWhereThereAreInputs() {
    try (Arena arena = Arena.ofConfined()) {
      // The weights are at the beginning, the work is at the end.
      Weights weights = new Weights();
      weights.parameter("one", pattern(arena, 300, 100).tensor());
      weights.parameter("two", pattern(arena, 100, 300).tensor());
      Model model =
          Model.script(
              arena,
              weights,
              """
              def forward(self, x):
                y = x[:1] @ self.one
                y = y @ self.two
                z = x * y
                z = z @ x
                z = z @ x
                z = z @ x
                return z @ x
              """);
      Value x = pattern(arena, 300, 300);
      ModelStages bytes = assertSplits(arena, model, 2, x);
      assertEquals(List.of(0.5, 0.5), bytes.parts());
      assertEquals(120_000, bytes(bytes.models().getLast()));
      ModelStages times = ModelStages.timed(arena, model, 2, x);
      assertSame(bytes.forward(arena, x), times.forward(arena, x));
      assertEquals(240_000, bytes(times.models().getFirst()));
      ModelStages shares = ModelStages.timed(arena, model, List.of(1.0, 2.0), x);
      assertSame(bytes.forward(arena, x), shares.forward(arena, x));
    }
  }

  @Test
  void writesInPlaceAreNotCutOffFromWhatTheyWriteTo() {
    try (Arena arena = Arena.ofConfined()) {
      Model model =
          Model.script(
              arena,
              """
              def forward(self, x):
                y = x * 2
                seen = y.view(-1)
                z = x + 1
                z = z * 3
                seen.add_(1)
                w = y * z
                w.relu_()
                return w + 1
              """);
      Value x = pattern(arena, 3, 4);
      int most = most(arena, model);
      for (int count = 1; count <= most; count++) {
        assertSplits(arena, model, count, x);
      }
      // What is apart must not share memory: each stage is given copies.
      ModelStages stages = ModelStages.of(arena, model, most);
      List<Value> values = List.of(x);
      for (Model stage : stages.models()) {
        Value result = stage.call(arena, Model.FORWARD, values);
        values =
            ModelStages.handedOver(result).stream()
                .map(value -> Value.of(value.tensor().copy(arena)))
                .toList();
      }
      assertTrue(model.forward(arena, x).tensor().sameElements(values.getFirst().tensor()));
      Model list =
          Model.script(
              arena,
              """
              def forward(self, x):
                kept = [x, x + 1]
                y = x * 2
                kept.append(y)
                return kept[0] + kept[2]
              """);
      assertSplits(arena, list, most(arena, list), x);
    }
  }

  @Test
  void loopsAndBranchesStayWhole() {
    try (Arena arena = Arena.ofConfined()) {
      Model model =
          Model.script(
              arena,
              """
              def forward(self, x):
                for i in range(int(x.size(0))):
                  x = x + i
                if bool(x.sum() > 0):
                  x = x * 2
                return x - 1
              """);
      Value x = pattern(arena, 3, 4);
      assertSplits(arena, model, most(arena, model), x);
      Model one = Model.script(arena, "def forward(self, x):\n  return x.relu()");
      assertEquals(1, most(arena, one));
    }
  }

  @Test
  void stagesRunAsTheModelDoesAndOutliveIt(@TempDir Path directory) {
    try (Arena arena = Arena.ofConfined()) {
      Value x = pattern(arena, 2, 8);
      ModelStages stages;
      Tensor expected;
      try (Arena brief = Arena.ofConfined()) {
        Model model = fixture(brief, "models/mlp.pt").withThreads(1);
        stages = ModelStages.of(arena, model, 2);
        expected = model.freeze(brief).forward(arena, x).tensor();
      }
      assertEquals(1, stages.models().getLast().threads());
      assertEquals(
          "Model[" + Fixtures.path("models/mlp.pt") + ", stage 2 of 2]",
          stages.models().getLast().toString());
      assertTrue(expected.sameElements(stages.forward(arena, x.tensor())));
      Path file = directory.resolve("stage.pt");
      stages.models().getFirst().save(file);
      Tensor between = Model.load(arena, file).forward(arena, x.tensor());
      assertTrue(expected.sameElements(stages.models().getLast().forward(arena, between)));
    }
  }

  @Test
  void convertedModelsHandOverWhatTheCallerHas() {
    try (Arena arena = Arena.ofConfined()) {
      Value x = pattern(arena, 2, 784);
      Model model = builtin(arena, "mlp").bfloat16(arena);
      ModelStages stages = ModelStages.of(arena, model, 2);
      assertEquals(DType.BFLOAT16, stages.models().getLast().constants().getFirst().dtype());
      Tensor between = stages.models().getFirst().forward(arena, x.tensor());
      assertEquals(DType.FLOAT32, between.dtype());
      assertSame(model.freeze(arena).forward(arena, x), stages.forward(arena, x));
    }
  }

  @Test
  void quantisedModelsKeepTheirWeights() {
    try (Arena arena = Arena.ofConfined()) {
      Model model =
          builtin(arena, "mlp")
              .rewrite(arena, new Rewrite.DynamicQuantization(DType.INT8, "auto", true, List.of()))
              .model();
      ModelStages stages = ModelStages.of(arena, model, 2);
      Value x = pattern(arena, 2, 784);
      assertSame(model.forward(arena, x), stages.forward(arena, x));
      assertTrue(stages.parts().getFirst() > 0.3, stages.parts()::toString);
    }
  }

  @Test
  void whatCanNotBeSplitIsNamed() {
    try (Arena arena = Arena.ofConfined()) {
      UnsupportedException stateful =
          assertThrows(
              UnsupportedException.class,
              () -> ModelStages.of(arena, fixture(arena, "models/counts.pt"), 2));
      assertEquals(
          "the model changes its own state, and such a model can't be split",
          stateful.getMessage());
      Model mlp = fixture(arena, "models/mlp.pt");
      assertEquals(
          "expected from 1 to 3 stages, as the model's code can be cut, got 4",
          assertThrows(IllegalArgumentException.class, () -> ModelStages.of(arena, mlp, 4))
              .getMessage());
      for (int count : new int[] {0, -1, Integer.MAX_VALUE}) {
        assertThrows(IllegalArgumentException.class, () -> ModelStages.of(arena, mlp, count));
      }
      assertThrows(IllegalArgumentException.class, () -> ModelStages.of(arena, mlp, List.of()));
      for (double share : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
        IllegalArgumentException refused =
            assertThrows(
                IllegalArgumentException.class,
                () -> ModelStages.of(arena, mlp, List.of(1.0, share)));
        assertTrue(
            String.valueOf(refused.getMessage()).startsWith("expected shares that are numbers"));
      }
      assertThrows(
          IllegalStateException.class,
          () -> ModelStages.of(arena, fixture(arena, "models/training.pt"), 2));
      assertThrows(
          IllegalArgumentException.class,
          () -> ModelStages.timed(arena, mlp, 2, Value.of("a text")));
      assertThrows(
          OperatorException.class, () -> ModelStages.timed(arena, mlp, 2, pattern(arena, 2, 9)));
      assertThrows(
          OperatorException.class,
          () ->
              ModelStages.timed(
                  arena, fixture(arena, "models/raises.pt"), 1, pattern(arena, 2, 9)));
    }
  }
}
