package io.github.narthex;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.strategy.Recipe;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Models with weights in oneDNN's layouts answer as they do without. */
@ExtendWith(LeakCheck.class)
class PrepackTest {
  private static final double CLOSE = 1e-4;
  private static final double CLOSE_IN_BFLOAT16 = 0.02;

  @TempDir Path directory;

  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  /** Code over the weights below, and the shapes that it is called with in turn. */
  enum Net {
    RESIDUAL(
        """
        x = torch.relu_(torch.conv2d(x, self.stem.weight, self.stem.bias, [2, 2], [1, 1]))
        y = torch.relu(torch.conv2d(x, self.a.weight, None, [1, 1], [1, 1]))
        y = torch.conv2d(y, self.b.weight, self.b.bias, [1, 1], [1, 1])
        y += x
        y = torch.relu(y)
        z = torch.flatten(torch.adaptive_avg_pool2d(y, [1, 1]), 1)
        return torch.linear(z, self.head.weight, self.head.bias), y
        """,
        images()),
    ADDED_TO_ANOTHER_CONVOLUTION(
        """
        x = torch.conv2d(x, self.stem.weight, self.stem.bias)
        y = torch.conv2d(x, self.a.weight, None, [2, 2], [1, 1])
        return torch.conv2d(x, self.b.weight, self.b.bias, [2, 2], [1, 1]) + y
        """,
        images()),
    ADDED_WITH_A_FACTOR_OR_BROADCAST(
        """
        x = torch.conv2d(x, self.stem.weight, self.stem.bias)
        y = torch.conv2d(x, self.a.weight, None, [1, 1], [1, 1])
        z = torch.conv2d(x, self.b.weight, None, [1, 1], [1, 1])
        s = x.mean([2, 3], True)
        return torch.add(y, x[:, :, 2:, 2:].mean(), alpha=2.0), torch.relu(z + s), y + 1.5
        """,
        images()),
    DEPTHWISE_AND_GROUPS(
        """
        x = torch.hardswish(torch.conv2d(x, self.stem.weight, self.stem.bias))
        y = torch.conv2d(x, self.deep.weight, None, [1, 1], "same", [1, 1], 16)
        y = torch.hardtanh(y, 0.0, 6.0)
        g = torch.conv2d(y, self.groups.weight, None, [1, 1], [1, 1], [1, 1], 4)
        g = torch.relu(g + y)
        a, b = torch.chunk(torch.silu(g), 2, 1)
        return torch.cat([b, a], 1)
        """,
        images()),
    ACTIVATIONS(
        """
        x = torch.conv2d(x, self.stem.weight, self.stem.bias)
        a = torch.sigmoid(torch.conv2d(x, self.a.weight, None))
        b = torch.tanh(torch.conv2d(x, self.b.weight, self.b.bias))
        c = torch.leaky_relu(torch.conv2d(x, self.a.weight, self.b.bias), 0.2)
        d = torch.hardsigmoid(torch.conv2d(x, self.b.weight, None))
        e = torch.clamp(torch.conv2d(x, self.a.weight, None, [2, 2]), -0.5, 0.75)
        f = torch.relu6(torch.conv2d(x, self.b.weight, None, [2, 2]))
        g = torch.clamp(torch.conv2d(x, self.b.weight, None, [2, 1]), min=-0.1)
        return a, b, c, d, e, f, g
        """,
        images()),
    VIEWS(
        """
        x = torch.conv2d(x, self.stem.weight, self.stem.bias)
        y = x.view(x.size(0), 2, 8, x.size(2), x.size(3)).transpose(1, 2).contiguous()
        y = y.view(x.size(0), 16, x.size(2), x.size(3))
        z = torch.conv2d(y, self.a.weight, None)
        return y, z.view(z.size(0), -1)
        """,
        images()),
    STRIDES_MATTER(
        """
        x = torch.conv2d(x, self.stem.weight, self.stem.bias)
        y = torch.conv2d(x, self.a.weight, None)
        v = y.view(-1)
        v.mul_(2.0)
        return y, torch.as_strided(x, [4, 4], [3, 1])
        """,
        images()),
    WRITTEN_IN_PLACE(
        """
        x = torch.conv2d(x, self.stem.weight, self.stem.bias)
        y = torch.conv2d(x, self.a.weight, None)
        z = torch.relu(y)
        y.add_(1.0)
        u = torch.conv2d(x, self.b.weight, None)
        x.mul_(0.5)
        w = torch.relu(u)
        t = torch.conv2d(x, self.b.weight, None)
        first = t[:, 0]
        first.zero_()
        return y, z, w, torch.relu(t), x
        """,
        images()),
    USED_TWICE(
        """
        x = torch.conv2d(x, self.stem.weight, self.stem.bias)
        y = torch.conv2d(x, self.a.weight, None)
        z = torch.relu(y)
        if y.size(0) > 1:
            u = torch.relu(torch.conv2d(z, self.b.weight, None)) + y[:, :, 2:, 2:]
        else:
            u = torch.conv2d(z, self.b.weight, None)
        return torch.relu(u), y, y + y
        """,
        images()),
    ONE_DIMENSION(
        """
        x = torch.relu(torch.conv1d(x, self.stem1.weight, self.stem.bias, [1], [4]))
        y = torch.conv1d(x, self.a1.weight, None, [1], [2], [2])
        y = torch.relu(y + x)
        return torch.conv1d(y, self.a1.weight, None, [2]), y.mean([-1])
        """,
        new long[] {2, 3, 1000},
        new long[] {1, 3, 4000},
        new long[] {3, 500},
        new long[] {2, 3, 1000}),
    THREE_DIMENSIONS(
        """
        x = torch.relu(torch.conv3d(x, self.stem3.weight, self.stem.bias, [1, 2, 2], [1, 1, 1]))
        return torch.conv3d(x, self.a3.weight, None, [1, 1, 1], [1, 1, 1]) + x
        """,
        new long[] {1, 3, 4, 24, 24},
        new long[] {2, 3, 6, 16, 20}),
    LINEAR(
        """
        a = torch.gelu(torch.linear(x, self.wide.weight, self.wide.bias), approximate="tanh")
        b = torch.gelu(torch.linear(x, self.wide.weight))
        c = torch.linear(a, self.wide.weight, self.wide.bias) + b
        d = torch.relu(b + torch.linear(c, self.wide.weight))
        e = torch.silu(torch.matmul(d, self.wide.weight) + self.wide.bias)
        return a, torch.linear(e, self.wide.weight) + self.wide.bias
        """,
        new long[] {5, 640},
        new long[] {2, 3, 640},
        new long[] {1, 640},
        new long[] {2, 2, 3, 640},
        new long[] {640},
        new long[] {300, 640}),
    ADDMM(
        """
        y = torch.addmm(self.wide.bias, x, self.wide.weight)
        return torch.tanh(torch.mm(torch.sigmoid(y), self.wide.weight))
        """,
        new long[] {5, 640},
        new long[] {64, 640});

    private final String body;

    @SuppressWarnings("ImmutableEnumChecker") // nobody changes it
    private final long[][] shapes;

    Net(String body, long[]... shapes) {
      this.body = body;
      this.shapes = shapes;
    }

    /** Of several sizes, one of them without a batch, one of no images. */
    private static long[][] images() {
      return new long[][] {
        {2, 3, 32, 32}, {1, 3, 40, 24}, {8, 3, 16, 16}, {1, 3, 64, 64}, {2, 3, 32, 32}
      };
    }

    Model script(Arena arena) {
      Generator random = Generator.seeded(arena, 7);
      Weights weights = new Weights();
      parameter(arena, weights, random, "stem.weight", 16, 3, 3, 3);
      parameter(arena, weights, random, "stem.bias", 16);
      parameter(arena, weights, random, "a.weight", 16, 16, 3, 3);
      parameter(arena, weights, random, "b.weight", 16, 16, 3, 3);
      parameter(arena, weights, random, "b.bias", 16);
      parameter(arena, weights, random, "deep.weight", 16, 1, 3, 3);
      parameter(arena, weights, random, "groups.weight", 16, 4, 3, 3);
      parameter(arena, weights, random, "stem1.weight", 16, 3, 9);
      parameter(arena, weights, random, "a1.weight", 16, 16, 3);
      parameter(arena, weights, random, "stem3.weight", 16, 3, 3, 3, 3);
      parameter(arena, weights, random, "a3.weight", 16, 16, 3, 3, 3);
      parameter(arena, weights, random, "head.weight", 10, 16);
      parameter(arena, weights, random, "head.bias", 10);
      parameter(arena, weights, random, "wide.weight", 640, 640);
      parameter(arena, weights, random, "wide.bias", 640);
      return Model.script(arena, weights, "def forward(self, x):\n" + body.indent(4));
    }

    private static void parameter(
        Arena arena, Weights weights, Generator random, String name, long... sizes) {
      Tensor tensor = Tensors.randn(arena, DType.FLOAT32, Shape.of(sizes), random);
      double reads = Math.max(1, (double) tensor.shape().elementCount() / sizes[0]);
      weights.parameter(name, tensor.mul(Math.sqrt(1.5 / reads)));
    }
  }

  private static Tensor input(Arena arena, long... sizes) {
    return Tensors.randn(arena, DType.FLOAT32, Shape.of(sizes), Generator.seeded(arena, 3));
  }

  private static void assertSame(Model expected, Model actual, double tolerance, long... sizes) {
    try (Arena arena = Arena.ofConfined()) {
      Tensor input = input(arena, sizes);
      List<Tensor> reference = expected.forward(arena, Value.of(input)).tensors();
      List<Tensor> other = actual.forward(arena, Value.of(input)).tensors();
      assertEquals(reference.size(), other.size());
      for (int i = 0; i < reference.size(); i++) {
        assertArrayEquals(reference.get(i).strides(), other.get(i).strides());
        double error = RelativeError.of(reference.get(i), other.get(i));
        int output = i;
        assertTrue(error <= tolerance, () -> "output " + output + ": error " + error);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void answersAreThoseOfTheFrozenModel(Net net) {
    Model frozen = net.script(arena).freeze(arena);
    Model packed = frozen.withPrepackedWeights();
    for (int threads = 1; threads <= 2; threads++) {
      for (long[] shape : net.shapes) {
        assertSame(frozen.withThreads(1), packed.withThreads(threads), CLOSE, shape);
      }
    }
    assertEquals(List.of(), packed.compilations());
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"ACTIVATIONS", "STRIDES_MATTER"})
  void answersIn16BitsToo(Net net) {
    Model model = net.script(arena);
    for (String recipe : List.of("bf16", "bf16-mixed", "bf16+channels-last")) {
      if (net == Net.VIEWS && recipe.contains("channels-last")) {
        continue; // frozen, it fails
      }
      Model frozen = Recipe.parse("freeze+" + recipe).applyTo(arena, model);
      Model packed = Recipe.parse("prepack+" + recipe).applyTo(arena, model);
      for (long[] shape : net.shapes) {
        assertSame(frozen, packed, CLOSE_IN_BFLOAT16, shape);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"dynamic-int8", "channels-last", "fold-batch-norm", "flush-denormals"})
  void goesWithOtherStrategies(String other) {
    for (Net net : List.of(Net.RESIDUAL, Net.LINEAR)) {
      Model model = net.script(arena);
      Model plain = Recipe.parse("freeze+" + other).applyTo(arena, model);
      Model packed = Recipe.parse("prepack+" + other).applyTo(arena, model);
      for (long[] shape : net.shapes) {
        assertSame(plain, packed, CLOSE, shape);
      }
    }
  }

  @Test
  void aModelThatIsNotFrozenRunsToo() {
    Model model = Net.RESIDUAL.script(arena);
    assertSame(model, model.withPrepackedWeights(), CLOSE, 2, 3, 32, 32);
    assertSame(model, model.withPrepackedWeights().withGradMode(GradMode.GRAD), CLOSE, 2, 3, 8, 8);
  }

  @ParameterizedTest
  @EnumSource(GradMode.class)
  void allGradientModes(GradMode mode) {
    Model frozen = Net.RESIDUAL.script(arena).freeze(arena);
    Model packed = frozen.withPrepackedWeights().withGradMode(mode);
    for (int call = 0; call < 3; call++) {
      assertSame(frozen, packed, CLOSE, 2, 3, 32, 32);
    }
  }

  @Test
  void wrongInputsFailAsTheyDoWithout() {
    Model frozen = Net.RESIDUAL.script(arena).freeze(arena);
    Model linear = Net.LINEAR.script(arena).freeze(arena);
    record Wrong(Model model, Tensor input) {}
    for (Wrong wrong :
        List.of(
            new Wrong(frozen, input(arena, 2, 4, 32, 32)),
            new Wrong(frozen, input(arena, 32, 32)),
            new Wrong(frozen, Tensors.ones(arena, DType.FLOAT64, Shape.of(2, 3, 32, 32))),
            new Wrong(linear, input(arena, 64, 512)),
            new Wrong(linear, Tensors.ones(arena, DType.FLOAT64, Shape.of(64, 640))))) {
      var expected =
          assertThrows(OperatorException.class, () -> wrong.model.forward(arena, wrong.input));
      var actual =
          assertThrows(
              OperatorException.class,
              () -> wrong.model.withPrepackedWeights().forward(arena, wrong.input));
      assertEquals(expected.getMessage(), actual.getMessage());
    }
    assertSame(frozen, frozen.withPrepackedWeights(), 0, 0, 3, 32, 32);
  }

  @Test
  void severalCallersAtOnce() throws Exception {
    try (Arena shared = Arena.ofShared();
        ExecutorService callers = Executors.newFixedThreadPool(4)) {
      Model frozen = Net.RESIDUAL.script(shared).freeze(shared).withThreads(1);
      Model packed = frozen.withPrepackedWeights();
      List<Future<?>> results = new ArrayList<>();
      for (int caller = 0; caller < 8; caller++) {
        long[][] shapes = Net.RESIDUAL.shapes;
        int first = caller;
        results.add(
            callers.submit(
                () -> {
                  for (int call = 0; call < 20; call++) {
                    assertSame(frozen, packed, CLOSE, shapes[(first + call) % shapes.length]);
                  }
                }));
      }
      for (Future<?> result : results) {
        result.get();
      }
    }
  }

  @Test
  void sessionsRunPacked() {
    Model frozen = Net.LINEAR.script(arena).freeze(arena);
    Tensor input = input(arena, 16, 640);
    Session session = Session.open(arena, frozen.withPrepackedWeights(), Value.of(input));
    for (int call = 0; call < 3; call++) {
      session.run();
      Tensor expected = frozen.forward(arena, Value.of(input)).tensors().getFirst();
      assertTrue(RelativeError.of(expected, session.output(0)) <= CLOSE);
    }
  }

  @Test
  void isSavedAlong() {
    Path file = directory.resolve("m.pt");
    Model packed = Net.RESIDUAL.script(arena).freeze(arena).withPrepackedWeights();
    assertSame(packed, packed, 0, 2, 3, 32, 32);
    packed.save(file);
    assertEquals(
        "prepacked=true\n",
        new String(requireNonNull(Model.extraFiles(file).get("narthex-run")), UTF_8));
    Model loaded = Model.load(arena, file);
    assertSame(packed, loaded, 0, 2, 3, 32, 32);
    assertEquals(packed.operators(), loaded.operators());
    Path again = directory.resolve("again.pt");
    loaded.save(again);
    assertArrayEquals(
        Model.extraFiles(file).get("narthex-run"), Model.extraFiles(again).get("narthex-run"));
  }

  /** oneDNN itself says what it does: it lays out weights once, and computes relu along. */
  @Test
  void weightsAreLaidOutOnceAndActivationsComputedAlong() {
    ForkedJvm.Outcome once = trace(1);
    ForkedJvm.Outcome often = trace(9);
    assertEquals(count(once, ",reorder,"), count(often, ",reorder,"));
    assertEquals(3, count(once, ",convolution,"));
    assertEquals(27, count(often, ",convolution,"));
    assertEquals(3, count(once, "eltwise_relu"), once::output);
    assertEquals(1, count(once, "binary_add"), once::output);
  }

  private ForkedJvm.Outcome trace(int calls) {
    return new ForkedJvm(directory)
        .environment("ONEDNN_VERBOSE", "1")
        .run(PrepackedCalls.class, String.valueOf(calls))
        .assertExit(0);
  }

  private static long count(ForkedJvm.Outcome outcome, String part) {
    return outcome
        .output()
        .lines()
        .filter(line -> line.contains("primitive,exec") && line.contains(part))
        .count();
  }

  /** Calls a packed model as often as its argument says. */
  static final class PrepackedCalls {
    private PrepackedCalls() {}

    public static void main(String[] arguments) {
      try (Arena arena = Arena.ofConfined()) {
        Model packed =
            Net.RESIDUAL.script(arena).freeze(arena).withPrepackedWeights().withThreads(1);
        Tensor input = input(arena, 2, 3, 64, 64);
        for (int call = 0; call < Integer.parseInt(arguments[0]); call++) {
          packed.forward(arena, Value.of(input));
        }
      }
    }
  }
}
