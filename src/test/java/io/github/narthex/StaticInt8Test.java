package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Models are observed while samples run, and quantised by what was seen. */
@ExtendWith(LeakCheck.class)
class StaticInt8Test {
  private static final Rewrite.StaticInt8 ALL = new Rewrite.StaticInt8("x86", List.of());

  /** A block with a way around it, as in residual networks. */
  private static final String RESIDUAL =
      """
      def forward(self, x):
          x = torch.relu_(torch.conv2d(x, self.stem.weight, self.stem.bias, [2, 2], [1, 1]))
          x = torch.max_pool2d(x, [2, 2], [2, 2], [0, 0], [1, 1], False)
          y = torch.relu(torch.conv2d(x, self.first.weight, None, [1, 1], [1, 1]))
          y = torch.conv2d(y, self.second.weight, self.second.bias, [1, 1], [1, 1])
          y += x
          y = torch.relu(y)
          z = torch.flatten(torch.adaptive_avg_pool2d(y, [1, 1]), 1)
          return torch.linear(z, self.head.weight, self.head.bias), y
      """;

  /** What mobile networks are made of. */
  private static final String MOBILE =
      """
      def forward(self, x):
          x = torch.conv2d(x, self.stem.weight, self.stem.bias, [1, 1], [1, 1])
          x = torch.hardswish(x)
          y = torch.conv2d(x, self.deep.weight, None, [1, 1], "same", [1, 1], 16)
          y = torch.hardtanh(y, 0.0, 6.0)
          s = torch.conv2d(y.mean([2, 3], True), self.first.weight, self.first.bias)
          s = torch.hardsigmoid(torch.conv2d(torch.relu(s), self.second.weight, None))
          y = y * s
          a, b = torch.chunk(y, 2, 1)
          y = torch.cat([b, a, x], 1)
          y = y.view(y.size(0), 2, 16, y.size(2), y.size(3)).transpose(1, 2).contiguous()
          y = y.view(y.size(0), 32, y.size(3), y.size(4))
          y = torch.silu(torch.conv2d(y, self.last.weight, None))
          return torch.dropout(y * torch.sigmoid(y), 0.5, False)
      """;

  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  private final class Net {
    private final Weights weights = new Weights();
    private final Generator random = Generator.seeded(arena, 7);

    Net with(String name, double scale, long... sizes) {
      Tensor tensor = Tensors.randn(arena, DType.FLOAT32, Shape.of(sizes), random);
      weights.parameter(name, tensor.mul(scale));
      return this;
    }

    Model script(String source) {
      return Model.script(arena, weights, source);
    }
  }

  private Model residual() {
    return new Net()
        .with("stem.weight", 0.3, 16, 3, 3, 3)
        .with("stem.bias", 0.3, 16)
        .with("first.weight", 0.1, 16, 16, 3, 3)
        .with("second.weight", 0.1, 16, 16, 3, 3)
        .with("second.bias", 0.3, 16)
        .with("head.weight", 0.3, 10, 16)
        .with("head.bias", 0.3, 10)
        .script(RESIDUAL);
  }

  private Model mobile() {
    return new Net()
        .with("stem.weight", 0.3, 16, 3, 3, 3)
        .with("stem.bias", 0.3, 16)
        .with("deep.weight", 0.3, 16, 1, 3, 3)
        .with("first.weight", 0.3, 8, 16, 1, 1)
        .with("first.bias", 0.3, 8)
        .with("second.weight", 0.3, 16, 8, 1, 1)
        .with("last.weight", 0.3, 12, 32, 1, 1)
        .script(MOBILE);
  }

  private Tensor image(int seed) {
    return Tensors.randn(
        arena, DType.FLOAT32, Shape.of(2, 3, 16, 16), Generator.seeded(arena, seed));
  }

  private Model observed(Model model, Rewrite.Observer observer) {
    Model observed = model.rewrite(arena, new Rewrite.Observe(observer)).model();
    for (int sample = 0; sample < 8; sample++) {
      observed.forward(arena, Value.of(image(sample)));
    }
    return observed;
  }

  private List<Tensor> answers(Model model, Tensor input) {
    return model.forward(arena, Value.of(input)).tensors();
  }

  /** The largest difference over the largest number, of the worst output. */
  private double error(Model expected, Model actual) {
    double worst = 0;
    for (int call = 0; call < 3; call++) {
      List<Tensor> reference = answers(expected, image(100));
      List<Tensor> other = answers(actual, image(100));
      for (int i = 0; i < reference.size(); i++) {
        assertArrayEquals(reference.get(i).strides(), other.get(i).strides());
        worst = Math.max(worst, RelativeError.of(reference.get(i), other.get(i)));
      }
    }
    return worst;
  }

  private static void assertClose(double error) {
    assertTrue(error > 1e-5 && error < 0.05, "error " + error);
  }

  @ParameterizedTest
  @EnumSource
  void wholeRegionsComputeWithIntegers(Rewrite.Observer observer) {
    Model model = residual();
    Rewrite.Result result = observed(model, observer).rewrite(arena, ALL);

    assertClose(error(model, result.model()));
    assertEquals(
        List.of("stem", "first", "second", "head"),
        result.changes().stream().map(Rewrite.Change::layer).toList());
    assertEquals(
        new Rewrite.Change("stem", "conv2d, float32", "conv2d_relu, int8", 1728, 432 + 16 * 8),
        result.changes().getFirst());
    Map<String, Long> operators = result.model().operators();
    assertEquals(1, operators.get("aten::quantize_per_tensor"), operators::toString);
    assertEquals(2, operators.get("aten::dequantize"), operators::toString);
    assertEquals(1, operators.get("quantized::add_relu"), operators::toString);
    assertEquals(2, operators.get("quantized::conv2d_relu"), operators::toString);
    assertNull(operators.get("narthex::observe"));
    assertNull(operators.get("aten::relu"));
  }

  @Test
  void mobileNetworks() {
    Model model = mobile();
    Model quantized = observed(model, Rewrite.Observer.HISTOGRAM).rewrite(arena, ALL).model();

    assertClose(error(model, quantized));
    Map<String, Long> operators = quantized.operators();
    assertEquals(1, operators.get("quantized::hardswish"), operators::toString);
    assertEquals(1, operators.get("quantized::cat"), operators::toString);
    assertNull(operators.get("aten::conv2d"));
    assertNull(operators.get("aten::mean"), operators::toString);
  }

  @ParameterizedTest
  @ValueSource(strings = {"x86", "onednn", "fbgemm", "qnnpack"})
  void engines(String engine) {
    Model model = residual();
    Model observed = observed(model, Rewrite.Observer.MIN_MAX);
    try {
      Rewrite rewrite = new Rewrite.StaticInt8(engine, List.of());
      assertClose(error(model, observed.rewrite(arena, rewrite).model()));
    } catch (UnsupportedException e) {
      String message = String.valueOf(e.getMessage());
      assertTrue(
          message.startsWith("there is no quantised engine '" + engine + "' here, but "), message);
    }
  }

  @Test
  void anEngineThatIsNotThere() {
    Model observed = observed(residual(), Rewrite.Observer.MIN_MAX);
    Rewrite rewrite = new Rewrite.StaticInt8("abacus", List.of());
    var e = assertThrows(UnsupportedException.class, () -> observed.rewrite(arena, rewrite));
    String message = String.valueOf(e.getMessage());
    assertTrue(message.startsWith("there is no quantised engine 'abacus' here, but "), message);
  }

  @Test
  void layersCanBeKept() {
    Model model = residual();
    Model observed = observed(model, Rewrite.Observer.HISTOGRAM);
    Rewrite.Result some =
        observed.rewrite(arena, new Rewrite.StaticInt8("x86", List.of("s*", "head")));
    assertEquals(List.of("first"), some.changes().stream().map(Rewrite.Change::layer).toList());
    assertClose(error(model, some.model()));

    Rewrite.Result none = observed.rewrite(arena, new Rewrite.StaticInt8("x86", List.of("*")));
    assertEquals(List.of(), none.changes());
    assertTrue(error(model, none.model()) < 1e-5);

    Rewrite unknown = new Rewrite.StaticInt8("x86", List.of("fc"));
    var e = assertThrows(IllegalArgumentException.class, () -> observed.rewrite(arena, unknown));
    assertEquals("the model has no layer 'fc', it has: stem, first, second, head", e.getMessage());
  }

  @Test
  void aQuantizedModelIsSavedAndLoaded(@TempDir Path directory) {
    for (Model model : List.of(residual(), mobile())) {
      Model quantized = observed(model, Rewrite.Observer.HISTOGRAM).rewrite(arena, ALL).model();
      Path file = directory.resolve("quantized.pt");
      quantized.save(file);
      Model loaded = Model.load(arena, file);
      assertArrayEquals(
          answers(quantized, image(5)).getFirst().toFloatArray(),
          answers(loaded, image(5)).getFirst().toFloatArray());
    }
  }

  @Test
  void anObservedModelAnswersAsBefore() {
    Model model = residual();
    Model observed = observed(model, Rewrite.Observer.HISTOGRAM);
    assertTrue(error(model, observed) < 1e-5);
    // Looking once more does no harm, and the first looks are not lost by quantising.
    Model first = observed.rewrite(arena, ALL).model();
    Model second = observed.rewrite(arena, ALL).model();
    assertArrayEquals(
        answers(first, image(3)).getFirst().toFloatArray(),
        answers(second, image(3)).getFirst().toFloatArray());
    assertTrue(model.parameters().containsKey("stem.weight"));
  }

  @Test
  void whatIsMissing() {
    Model model = residual();
    var e = assertThrows(IllegalArgumentException.class, () -> model.rewrite(arena, ALL));
    assertEquals(
        "the model is not observed: observe it, and run samples through it", e.getMessage());
    Model observed = model.rewrite(arena, new Rewrite.Observe(Rewrite.Observer.MIN_MAX)).model();
    e = assertThrows(IllegalArgumentException.class, () -> observed.rewrite(arena, ALL));
    assertEquals(
        "there is no calibration data: no sample was run through the observed model",
        e.getMessage());
    Model sums = new Net().with("w", 1, 3).script("def forward(self, x):\n    return x + self.w");
    Rewrite observe = new Rewrite.Observe(Rewrite.Observer.MIN_MAX);
    var nothing = assertThrows(UnsupportedException.class, () -> sums.rewrite(arena, observe));
    assertEquals(
        "the model has no convolution or linear layer that can be quantised", nothing.getMessage());
  }

  @Test
  void valuesThatAreNoNumbers() {
    Model model = residual();
    Model observed = observed(model, Rewrite.Observer.HISTOGRAM);
    Tensor bad = image(1).mul(Float.POSITIVE_INFINITY);
    observed.forward(arena, Value.of(bad));
    var e = assertThrows(IllegalArgumentException.class, () -> observed.rewrite(arena, ALL));
    assertEquals(
        "the input of layer 'stem' was infinite or NaN with the calibration data", e.getMessage());
  }

  @Test
  void wrongCalibrationShows() {
    Model model = residual();
    for (double scale : new double[] {0, 0.001}) {
      Model observed =
          model.rewrite(arena, new Rewrite.Observe(Rewrite.Observer.HISTOGRAM)).model();
      observed.forward(arena, Value.of(image(1).mul(scale)));
      assertTrue(error(model, observed.rewrite(arena, ALL).model()) > 0.3);
    }
  }

  @Test
  void fewLargeNumbersAreCutOff() {
    Model model =
        new Net()
            .with("one.weight", 1, 4, 1)
            .script("def forward(self, x):\n    return torch.linear(x, self.one.weight, None)");
    Tensor numbers =
        Tensors.randn(arena, DType.FLOAT32, Shape.of(1_000_000, 1), Generator.seeded(arena, 2));
    List<Double> errors = new ArrayList<>();
    for (Rewrite.Observer observer : Rewrite.Observer.values()) {
      Model observed = model.rewrite(arena, new Rewrite.Observe(observer)).model();
      observed.forward(arena, numbers);
      observed.forward(arena, Tensor.of(arena, new float[] {40}, 1, 1));
      Model quantized = observed.rewrite(arena, ALL).model();
      Tensor difference = model.forward(arena, numbers).sub(quantized.forward(arena, numbers));
      errors.add(difference.mul(difference).mean().item());
    }
    assertTrue(errors.get(1) < errors.get(0) / 5, errors::toString);
  }

  @Test
  void codeInBlocksStaysInFloat() {
    String source =
        """
        def forward(self, x):
            x = torch.relu(torch.conv2d(x, self.stem.weight, None))
            if bool(x.sum() > 0):
                y = torch.conv2d(x, self.inner.weight, None)
                x = y + x
            else:
                x = x * 2.0
            return torch.conv2d(x, self.last.weight, None)
        """;
    Model model =
        new Net()
            .with("stem.weight", 0.3, 8, 3, 1, 1)
            .with("inner.weight", 0.3, 8, 8, 1, 1)
            .with("last.weight", 0.3, 8, 8, 1, 1)
            .script(source);
    Rewrite.Result result = observed(model, Rewrite.Observer.HISTOGRAM).rewrite(arena, ALL);
    assertEquals(
        List.of("stem", "last"), result.changes().stream().map(Rewrite.Change::layer).toList());
    assertClose(error(model, result.model()));
  }

  @Test
  void layersOfOtherShapes() {
    String source =
        """
        def forward(self, x):
            y = torch.conv1d(x.flatten(2), self.line.weight, self.line.bias, 1, 1)
            y = torch.relu(torch.matmul(y.transpose(1, 2), self.product.weight))
            z = torch.addmm(self.sum.bias, y.mean(1), self.sum.weight)
            v = torch.conv3d(x.unsqueeze(2), self.space.weight, None, 1, "valid")
            t = torch.conv_transpose2d(x, self.up.weight, None, [2, 2])
            one = torch.conv2d(x.select(0, 0), self.alone.weight, None)
            return z, v, t, one
        """;
    Model model =
        new Net()
            .with("line.weight", 0.3, 8, 3, 3)
            .with("line.bias", 0.3, 8)
            .with("product.weight", 0.3, 8, 6)
            .with("sum.bias", 0.3, 5)
            .with("sum.weight", 0.3, 6, 5)
            .with("space.weight", 0.3, 8, 3, 1, 3, 3)
            .with("up.weight", 0.3, 3, 8, 2, 2)
            .with("alone.weight", 0.3, 8, 3, 1, 1)
            .script(source);
    Rewrite.Result result = observed(model, Rewrite.Observer.HISTOGRAM).rewrite(arena, ALL);
    assertEquals(
        List.of(
            "line: conv1d, int8",
            "product: linear_relu, int8",
            "sum: linear, int8",
            "space: conv3d, int8",
            "alone: conv2d, float32: no quantised kernel for inputs without batches, or of several"
                + " numbers of dimensions"),
        result.changes().stream().map(change -> change.layer() + ": " + change.after()).toList());
    assertClose(error(model, result.model()));
  }

  @Test
  void depthwiseConvolutionsThatWouldBeSlow() {
    Model model =
        new Net()
            .with("stem.weight", 0.3, 116, 3, 1, 1)
            .with("deep.weight", 0.3, 116, 1, 3, 3)
            .with("last.weight", 0.1, 8, 116, 1, 1)
            .script(
                """
                def forward(self, x):
                    x = torch.conv2d(x, self.stem.weight, None)
                    x = torch.conv2d(x, self.deep.weight, None, 1, 0, 1, 116)
                    return torch.conv2d(x, self.last.weight, None)
                """);
    Rewrite.Result result = observed(model, Rewrite.Observer.MIN_MAX).rewrite(arena, ALL);
    assertEquals(
        "conv2d, float32: no fast kernel for 116 channels by themselves, which is no multiple of 8",
        result.changes().get(1).after());
    assertClose(error(model, result.model()));
  }

  @Test
  void normalisationThatCannotBeFolded() {
    String source =
        """
        def forward(self, x):
            x = torch.conv2d(x, self.stem.weight, None)
            y = torch.batch_norm(torch.cat([x, x], 1), self.norm.weight, self.norm.bias,
                self.norm.mean, self.norm.var, False, 0.1, 1e-5, False)
            y = torch.conv2d(torch.relu(y), self.last.weight, None)
            return torch.leaky_relu(torch.avg_pool2d(y, [2, 2]), 0.1)
        """;
    Net net =
        new Net()
            .with("stem.weight", 0.3, 8, 3, 1, 1)
            .with("norm.weight", 1, 16)
            .with("norm.bias", 1, 16)
            .with("norm.mean", 1, 16)
            .with("last.weight", 0.3, 8, 16, 1, 1);
    net.weights.buffer("norm.var", Tensors.ones(arena, DType.FLOAT32, Shape.of(16)));
    Model model = net.script(source);
    Model quantized = observed(model, Rewrite.Observer.HISTOGRAM).rewrite(arena, ALL).model();
    assertClose(error(model, quantized));
    assertTrue(quantized.operators().containsKey("quantized::batch_norm2d_relu"));
    assertFalse(quantized.operators().containsKey("aten::batch_norm"));
  }

  /** A channel of weights next to nothing would need a bias beyond 32 bits. */
  @Test
  void tinyWeightsBesideALargeBias() {
    Net net = new Net().with("one.bias", 3, 16);
    Tensor weight = Tensors.randn(arena, DType.FLOAT32, Shape.of(16, 3, 1, 1), net.random);
    float[] values = weight.toFloatArray();
    for (int i = 0; i < 24; i++) {
      values[i] *= i < 12 ? 0 : 1e-12f;
    }
    net.weights.parameter("one.weight", Tensor.of(arena, values, 16, 3, 1, 1));
    Model model =
        net.script(
            "def forward(self, x):\n"
                + "    return torch.conv2d(x, self.one.weight, self.one.bias)");
    for (String engine : List.of("x86", "onednn", "fbgemm")) {
      Rewrite rewrite = new Rewrite.StaticInt8(engine, List.of());
      Model observed = observed(model, Rewrite.Observer.MIN_MAX);
      assertClose(error(model, observed.rewrite(arena, rewrite).model()));
    }
  }

  @Test
  void severalThreadsMayCalibrate() throws InterruptedException {
    try (Arena shared = Arena.ofShared()) {
      Model observed =
          residual().rewrite(shared, new Rewrite.Observe(Rewrite.Observer.HISTOGRAM)).model();
      AtomicReference<Throwable> failure = new AtomicReference<>();
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        int seed = i;
        threads.add(
            Thread.ofPlatform()
                .uncaughtExceptionHandler((thread, e) -> failure.set(e))
                .start(
                    () -> {
                      for (int call = 0; call < 10; call++) {
                        try (Arena own = Arena.ofConfined()) {
                          Generator random = Generator.seeded(own, 10 * seed + call);
                          Shape shape = Shape.of(2, 3, 16, 16);
                          Tensor image = Tensors.randn(own, DType.FLOAT32, shape, random);
                          observed.forward(own, Value.of(image));
                        }
                      }
                    }));
      }
      for (Thread thread : threads) {
        thread.join();
      }
      assertNull(failure.get());
      assertClose(error(residual(), observed.rewrite(arena, ALL).model()));
    }
  }
}
