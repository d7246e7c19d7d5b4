package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakCheck.class)
class QuantizeTest {
  private static final Rewrite INT8 = dynamic("auto");
  private static final Rewrite HALF =
      new Rewrite.DynamicQuantization(DType.FLOAT16, "auto", true, List.of());
  private static final Rewrite WEIGHTS_8 = new Rewrite.WeightQuantization(8, 32, List.of());
  private static final Rewrite WEIGHTS_4 = new Rewrite.WeightQuantization(4, 32, List.of());

  /** A linear layer in each form that saved models have them. */
  private static final String NET =
      """
      def forward(self, x):
          y = torch.relu_(torch.linear(x, self.a.weight, self.a.bias))
          y = torch.matmul(y, self.b.weight) + self.b.bias
          y = torch.linear(y, self.c.weight, None)
          return torch.matmul(y, self.d.weight.t())
      """;

  private static Rewrite dynamic(String engine, String... keep) {
    return new Rewrite.DynamicQuantization(DType.INT8, engine, true, List.of(keep));
  }

  private static Tensor random(Arena arena, int seed, long... sizes) {
    return Tensors.randn(arena, DType.FLOAT32, Shape.of(sizes), Generator.seeded(arena, seed));
  }

  private static Model net(Arena arena) {
    Weights weights =
        new Weights()
            .parameter("a.weight", random(arena, 1, 48, 64))
            .parameter("a.bias", random(arena, 2, 48))
            .parameter("b.weight", random(arena, 3, 48, 32))
            .parameter("b.bias", random(arena, 4, 32))
            .parameter("c.weight", random(arena, 5, 64, 32))
            .parameter("d.weight", random(arena, 6, 16, 64));
    return Model.script(arena, weights, NET);
  }

  private static void assertClose(
      Arena arena, Model expected, Model actual, Tensor input, double tolerance) {
    Tensor reference = expected.forward(arena, input);
    for (int call = 0; call < 3; call++) {
      double error = RelativeError.of(reference, actual.forward(arena, input));
      assertTrue(error > 0 && error < tolerance, "error " + error);
    }
  }

  private static long constantBytes(Model model) {
    return model.constants().stream().mapToLong(TensorInfo::byteSize).sum();
  }

  @Test
  void everyFormOfLinearIsQuantised() {
    try (Arena arena = Arena.ofConfined()) {
      Model model = net(arena);
      Rewrite.Result result = model.rewrite(arena, INT8);
      assertClose(arena, model, result.model(), random(arena, 9, 20, 64), 0.03);
      assertEquals(
          List.of(
              new Rewrite.Change(
                  "a",
                  "linear, float32",
                  "linear_relu_dynamic, int8",
                  4 * (48 * 64 + 48),
                  48 * 64 + 4 * 48 + 8 * 48),
              new Rewrite.Change(
                  "b",
                  "matmul, float32",
                  "linear_dynamic, int8",
                  4 * (48 * 32 + 32),
                  48 * 32 + 4 * 32 + 8 * 32),
              new Rewrite.Change(
                  "c", "linear, float32", "linear_dynamic, int8", 4 * (64 * 32), 64 * 32 + 8 * 64),
              new Rewrite.Change(
                  "d", "matmul, float32", "linear_dynamic, int8", 4 * (16 * 64), 16 * 64 + 8 * 16)),
          result.changes());
      assertFalse(result.model().operators().containsKey("aten::relu"));
      assertTrue(constantBytes(result.model()) < 0.3 * constantBytes(model.freeze(arena)));
    }
  }

  @Test
  void otherWaysToQuantise() {
    try (Arena arena = Arena.ofConfined()) {
      Model model = net(arena);
      Tensor input = random(arena, 9, 20, 64);
      Rewrite tensor = new Rewrite.DynamicQuantization(DType.INT8, "auto", false, List.of());
      assertClose(arena, model, model.rewrite(arena, tensor).model(), input, 0.04);
      Rewrite.Result half = model.rewrite(arena, HALF);
      assertClose(arena, model, half.model(), input, 1e-3);
      assertTrue(constantBytes(half.model()) < 0.6 * constantBytes(model.freeze(arena)));
      assertClose(arena, model, model.rewrite(arena, WEIGHTS_8).model(), input, 0.03);
      Rewrite.Result four = model.rewrite(arena, WEIGHTS_4);
      assertClose(arena, model, four.model(), input, 0.25);
      // The inputs of b are not made of whole groups.
      assertEquals(
          List.of("a", "c", "d"), four.changes().stream().map(Rewrite.Change::layer).toList());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"x86", "onednn", "fbgemm", "qnnpack"})
  void everyEngineIsRight(String engine, @TempDir Path directory) {
    try (Arena arena = Arena.ofConfined()) {
      Model model = net(arena);
      Model quantised = model.rewrite(arena, dynamic(engine)).model();
      Tensor input = random(arena, 9, 20, 64);
      assertClose(arena, model, quantised, input, 0.05);
      Path file = directory.resolve("quantised.pt");
      quantised.save(file);
      assertArrayEquals(
          quantised.forward(arena, input).toFloatArray(),
          Model.load(arena, file).forward(arena, input).toFloatArray());
    }
  }

  @Test
  void inputsOfAnyRankAndNoRows() {
    try (Arena arena = Arena.ofConfined()) {
      Model model = net(arena);
      for (Rewrite rewrite : List.of(INT8, dynamic("onednn"), HALF, WEIGHTS_8)) {
        Model quantised = model.rewrite(arena, rewrite).model();
        for (Shape shape :
            List.of(
                Shape.of(64),
                Shape.of(3, 64),
                Shape.of(2, 3, 64),
                Shape.of(2, 1, 3, 64),
                Shape.of(0, 64),
                Shape.of(2, 0, 64))) {
          Tensor input = random(arena, 9, shape.toArray());
          Tensor expected = model.forward(arena, input);
          double error = RelativeError.of(expected, quantised.forward(arena, input));
          assertTrue(error < 0.05, shape + ": error " + error);
        }
        Tensor narrow = random(arena, 9, 64, 63);
        assertThrows(OperatorException.class, () -> quantised.forward(arena, narrow));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void recurrentLayersAreQuantised(boolean isBiased) {
    String biases = isBiased ? ", self.rnn.b%s, self.rnn.c%s" : "";
    String all =
        "self.rnn.v0, self.rnn.w0%s, self.rnn.v1, self.rnn.w1%s"
            .formatted(biases.replace("%s", "0"), biases.replace("%s", "1"));
    String flag = isBiased ? "True" : "False";
    String code =
        """
        def forward(self, x, h):
            y, _, _ = torch.lstm(x, [h, h], [%s], %s, 1, 0.0, False, True, True)
            return y
        """
            .formatted(all, flag);
    checkRecurrent(weights -> code, 4, "lstm");
    checkRecurrent(
        weights ->
            """
            def forward(self, x, h):
                y, _ = torch.gru(x, h, [%s], %s, 1, 0.0, False, True, True)
                return y
            """
                .formatted(all, flag),
        3,
        "gru");
  }

  private static void checkRecurrent(
      java.util.function.UnaryOperator<String> code, int gates, String kind) {
    try (Arena arena = Arena.ofConfined()) {
      Weights weights = new Weights();
      for (int side = 0; side < 2; side++) {
        weights
            .parameter("rnn.v" + side, random(arena, side + 1, 24L * gates, 16).mul(0.2))
            .parameter("rnn.w" + side, random(arena, side + 3, 24L * gates, 24).mul(0.2))
            .parameter("rnn.b" + side, random(arena, side + 5, 24L * gates))
            .parameter("rnn.c" + side, random(arena, side + 7, 24L * gates));
      }
      Model model = Model.script(arena, weights, code.apply(""));
      Tensor x = random(arena, 9, 3, 5, 16);
      Tensor h = random(arena, 10, 2, 3, 24);
      Tensor expected = model.forward(arena, Value.of(x), Value.of(h)).tensor();
      for (Rewrite rewrite : List.of(INT8, HALF)) {
        Rewrite.Result result = model.rewrite(arena, rewrite);
        Tensor actual = result.model().forward(arena, Value.of(x), Value.of(h)).tensor();
        double error = RelativeError.of(expected, actual);
        assertTrue(error > 0 && error < 0.03, kind + ": error " + error);
        Rewrite.Change change = result.changes().getFirst();
        assertEquals("rnn", change.layer());
        assertEquals(kind + ", float32", change.before());
        assertTrue(change.bytesAfter() < change.bytesBefore());
        assertTrue(constantBytes(result.model()) < 0.75 * constantBytes(model.freeze(arena)));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 4})
  void embeddingsAreQuantised(int bits) {
    try (Arena arena = Arena.ofConfined()) {
      Model model =
          Model.script(
              arena,
              new Weights().parameter("words.weight", random(arena, 1, 30, 12)),
              """
              def forward(self, ids):
                  return torch.embedding(self.words.weight, ids)
              """);
      Rewrite.Result result =
          model.rewrite(arena, new Rewrite.EmbeddingQuantization(bits, List.of()));
      for (Tensor ids :
          List.of(
              Tensor.of(arena, new long[] {0, 29, 7, 7, 1, 2, 3, 4}, 2, 2, 2),
              Tensor.of(arena, new int[] {4, 5}, 2),
              Tensor.of(arena, new long[] {3}),
              Tensor.of(arena, new long[0], 0, 4))) {
        double error =
            RelativeError.of(model.forward(arena, ids), result.model().forward(arena, ids));
        assertTrue(error < (bits == 8 ? 0.005 : 0.1), "error " + error);
      }
      for (long id : new long[] {30, -1}) {
        Tensor wrong = Tensor.of(arena, new long[] {id}, 1);
        assertThrows(OperatorException.class, () -> result.model().forward(arena, wrong));
      }
      assertEquals(
          List.of(
              new Rewrite.Change(
                  "words",
                  "embedding, float32",
                  "embedding, int" + bits,
                  4 * 30 * 12,
                  bits == 8 ? 30 * 20 : 30 * 10)),
          result.changes());
    }
  }

  @Test
  void bagsOfEmbeddingsAreQuantised() {
    try (Arena arena = Arena.ofConfined()) {
      Model model =
          Model.script(
              arena,
              new Weights().parameter("words.weight", random(arena, 1, 30, 12)),
              """
              def forward(self, ids, offsets):
                  y, _, _, _ = torch.embedding_bag(self.words.weight, ids, offsets, False, 0,
                      False, None, False, None)
                  return y
              """);
      Model quantised =
          model.rewrite(arena, new Rewrite.EmbeddingQuantization(8, List.of())).model();
      Value ids = Value.of(Tensor.of(arena, new long[] {0, 29, 7, 7, 1}, 5));
      Value offsets = Value.of(Tensor.of(arena, new long[] {0, 2, 2}, 3));
      double error =
          RelativeError.of(
              model.forward(arena, ids, offsets).tensor(),
              quantised.forward(arena, ids, offsets).tensor());
      assertTrue(error > 0 && error < 0.005, "error " + error);
    }
  }

  @Test
  void unusualWeights() {
    try (Arena arena = Arena.ofConfined()) {
      Weights weights =
          new Weights()
              .parameter("zero.weight", Tensors.zeros(arena, DType.FLOAT32, Shape.of(16, 32)))
              .parameter(
                  "nan.weight",
                  Tensor.of(arena, new float[] {Float.NaN, 1, 2, 3}, DType.FLOAT32, Shape.of(2, 2)))
              .parameter("shared.weight", random(arena, 1, 16, 16));
      Model model =
          Model.script(
              arena,
              weights,
              """
              def forward(self, x):
                  y = torch.linear(x, self.zero.weight, None)
                  y = torch.linear(y + 1.0, self.shared.weight, None)
                  y = torch.linear(y, self.shared.weight, None)
                  y = torch.matmul(y, self.shared.weight)
                  z = torch.linear(y[:, :2], self.nan.weight, None)
                  return y, z
              """);
      Value input = Value.of(random(arena, 9, 4, 32));
      Tensor expected = model.forward(arena, input).tensors().getFirst();
      for (Rewrite rewrite : List.of(INT8, HALF, WEIGHTS_8, WEIGHTS_4)) {
        Rewrite.Result result = model.rewrite(arena, rewrite);
        assertFalse(result.changes().stream().map(Rewrite.Change::layer).toList().contains("nan"));
        double error =
            RelativeError.of(expected, result.model().forward(arena, input).tensors().getFirst());
        assertTrue(error < (rewrite.equals(WEIGHTS_4) ? 0.5 : 0.05), rewrite + ": error " + error);
      }
      // Once as it is, twice used, and once transposed.
      Model quantised = model.rewrite(arena, INT8).model();
      assertEquals(
          3,
          quantised.constants().stream()
              .filter(c -> c.dtype() == DType.INT8 && c.shape().rank() == 2)
              .count());
    }
  }

  @Test
  void layersCanBeKept() {
    try (Arena arena = Arena.ofConfined()) {
      Model model = net(arena);
      assertEquals(
          List.of("b", "d"),
          model.rewrite(arena, dynamic("auto", "a", "c")).changes().stream()
              .map(Rewrite.Change::layer)
              .toList());
      var e =
          assertThrows(
              IllegalArgumentException.class, () -> model.rewrite(arena, dynamic("auto", "fc")));
      assertEquals("the model has no layer 'fc', it has: a, b, c, d", e.getMessage());
    }
  }

  @Test
  void whatCanNotBeQuantisedIsRefused() {
    try (Arena arena = Arena.ofConfined()) {
      Model model = net(arena);
      List<Rewrite> hopeless =
          List.of(
              dynamic("auto", "*"),
              dynamic("gemmlowp"),
              new Rewrite.DynamicQuantization(DType.FLOAT16, "onednn", true, List.of()),
              new Rewrite.EmbeddingQuantization(8, List.of()),
              new Rewrite.WeightQuantization(4, 256, List.of()));
      List<String> reasons = new ArrayList<>();
      for (Rewrite rewrite : hopeless) {
        var e = assertThrows(UnsupportedException.class, () -> model.rewrite(arena, rewrite));
        reasons.add(e.getMessage());
      }
      assertEquals(
          List.of(
              "nothing can be quantised: the model has no linear, LSTM or GRU layer with constant"
                  + " float32 weights, or all are kept",
              "there is no quantised engine 'gemmlowp' here, but x86, onednn, fbgemm, qnnpack",
              "the engine 'onednn' has no linear layers with float16 weights",
              "nothing can be quantised: the model has no embedding with constant float32 weights,"
                  + " or all are kept",
              "nothing can be quantised: the model has no linear layer with constant float32"
                  + " weights of whole groups and a multiple of 16 outputs, or all are kept"),
          reasons);
      assertThrows(UnsupportedException.class, () -> model.bfloat16(arena).rewrite(arena, INT8));
    }
  }

  @Test
  void settingsAreChecked() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new Rewrite.DynamicQuantization(DType.INT64, "auto", true, List.of()));
    assertThrows(
        IllegalArgumentException.class, () -> new Rewrite.WeightQuantization(3, 32, List.of()));
    assertThrows(
        IllegalArgumentException.class, () -> new Rewrite.WeightQuantization(4, 33, List.of()));
    assertThrows(
        IllegalArgumentException.class, () -> new Rewrite.EmbeddingQuantization(2, List.of()));
  }

  @Test
  void aQuantisedModelIsOneLikeOthers(@TempDir Path directory) {
    try (Arena arena = Arena.ofConfined()) {
      Tensor input = random(arena, 9, 20, 64);
      for (Rewrite rewrite : List.of(INT8, dynamic("onednn"), HALF, WEIGHTS_8, WEIGHTS_4)) {
        Model quantised = net(arena).rewrite(arena, rewrite).model();
        float[] expected = quantised.forward(arena, input).toFloatArray();
        assertFalse(quantised.isStateful());
        Path file = directory.resolve("quantised.pt");
        quantised.freeze(arena).save(file);
        for (Model other :
            List.of(
                quantised.eval(arena),
                quantised.freeze(arena),
                Model.load(arena, file),
                Model.load(arena, file).freeze(arena))) {
          assertArrayEquals(expected, other.forward(arena, input).toFloatArray());
          assertEquals(constantBytes(quantised), constantBytes(other));
        }
      }
      Model packed = net(arena).rewrite(arena, INT8).model();
      assertThrows(UnsupportedException.class, () -> packed.bfloat16(arena));
    }
  }

  @Test
  void rewritesFollowEachOther() {
    try (Arena arena = Arena.ofConfined()) {
      Model model = net(arena);
      Model first = model.rewrite(arena, dynamic("auto", "c", "d")).model();
      Rewrite.Result second =
          first.rewrite(arena, new Rewrite.MixedPrecision(DType.BFLOAT16, List.of("d")));
      assertEquals(List.of("c"), second.changes().stream().map(Rewrite.Change::layer).toList());
      assertClose(arena, model, second.model(), random(arena, 9, 20, 64), 0.04);
    }
  }

  @Test
  void severalThreadsQuantiseForSeveralEngines() throws Exception {
    try (Arena arena = Arena.ofShared();
        ExecutorService threads = Executors.newFixedThreadPool(4)) {
      Model model = net(arena);
      Tensor input = random(arena, 9, 20, 64);
      Tensor expected = model.forward(arena, input);
      List<Future<Double>> errors = new ArrayList<>();
      for (int task = 0; task < 24; task++) {
        String engine = List.of("x86", "onednn", "qnnpack").get(task % 3);
        errors.add(
            threads.submit(
                () -> {
                  try (Arena own = Arena.ofConfined()) {
                    Model quantised = model.rewrite(own, dynamic(engine)).model();
                    double worst = 0;
                    for (int call = 0; call < 5; call++) {
                      worst =
                          Math.max(
                              worst, RelativeError.of(expected, quantised.forward(own, input)));
                    }
                    return worst;
                  }
                }));
      }
      for (Future<Double> error : errors) {
        assertTrue(error.get() > 0 && error.get() < 0.05, "error " + error.get());
      }
    }
  }
}
