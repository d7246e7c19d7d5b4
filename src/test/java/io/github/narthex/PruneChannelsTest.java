package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.Rewrite.Scope;
import io.github.narthex.models.Builtin;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Channels that are removed. What tells right from wrong: filters that are zero, with biases that
 * are zero, are the first to go, and a net without them answers as before.
 */
@ExtendWith(LeakCheck.class)
class PruneChannelsTest {
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  private static Rewrite prune(double amount, String... keep) {
    return new Rewrite.PruneChannels(amount, Scope.LAYER, 1, 1, List.of(keep));
  }

  private Tensor random(int seed, long... sizes) {
    return Tensors.randn(arena, DType.FLOAT32, Shape.of(sizes), Generator.seeded(arena, seed));
  }

  /** The model with the first of its filters zero, that fraction of them. */
  private Model zeroed(Model model, double amount) {
    Map<String, Tensor> before = model.stateDict(arena).tensors();
    Map<String, Tensor> after = new TreeMap<>(before);
    before.forEach(
        (name, tensor) -> {
          String layer = name.substring(0, name.lastIndexOf('.') + 1);
          boolean isNorm = before.containsKey(layer + "running_mean");
          if (name.endsWith("running_mean") || (isNorm && name.endsWith("bias"))) {
            after.put(name, withZeros(tensor, 1));
          } else if (!isNorm && (name.endsWith("weight") || name.endsWith("bias"))) {
            after.put(name, withZeros(tensor, amount));
          }
        });
    return model.withWeights(arena, Weights.of(after));
  }

  private Tensor withZeros(Tensor tensor, double amount) {
    float[] numbers = tensor.toFloatArray();
    long rows = tensor.shape().dim(0);
    int row = (int) (numbers.length / rows);
    Arrays.fill(numbers, 0, (int) Math.rint(amount * rows) * row, 0);
    return Tensor.of(arena, numbers, tensor.shape().toArray());
  }

  private static void assertSame(Tensor expected, Tensor actual) {
    assertEquals(expected.shape(), actual.shape());
    float[] reference = expected.toFloatArray();
    float[] other = actual.toFloatArray();
    float scale = 0;
    float difference = 0;
    for (int i = 0; i < reference.length; i++) {
      scale = Math.max(scale, Math.abs(reference[i]));
      difference = Math.max(difference, Math.abs(reference[i] - other[i]));
    }
    assertTrue(scale > 0 && difference <= 1e-5 * scale, difference + " of " + scale);
  }

  private static long elements(Model model) {
    return model.constants().stream().mapToLong(info -> info.shape().elementCount()).sum();
  }

  /** Removes what is zero, and expects the same answers of less. */
  private Rewrite.Result assertRemoved(Model model, double amount, Tensor input) {
    Model zeroed = zeroed(model, amount);
    Rewrite.Result pruned = zeroed.rewrite(arena, prune(amount));
    assertTrue(elements(pruned.model()) < elements(zeroed.freeze(arena)));
    for (int call = 0; call < 3; call++) {
      assertSame(zeroed.forward(arena, input), pruned.model().forward(arena, input));
    }
    return pruned;
  }

  private Model script(String source, Object... shapes) {
    Weights weights = new Weights();
    for (int i = 0; i < shapes.length; i += 2) {
      String name = (String) shapes[i];
      Tensor tensor = random(i + 1, (long[]) shapes[i + 1]);
      if (name.endsWith("running_var")) {
        tensor = tensor.abs().add(0.5);
      }
      if (name.contains("running")) {
        weights.buffer(name, tensor);
      } else {
        weights.parameter(name, tensor);
      }
    }
    return Model.script(arena, weights, source);
  }

  private static long[] of(long... sizes) {
    return sizes;
  }

  private static String after(Rewrite.Result result, String layer) {
    return result.changes().stream()
        .filter(change -> change.layer().equals(layer))
        .findFirst()
        .map(Rewrite.Change::after)
        .orElse("nothing");
  }

  @ParameterizedTest
  @EnumSource(names = {"RESNET18", "MOBILENET_V2", "SHAPES_NET"})
  void builtinsWithoutTheirZeros(Builtin builtin) {
    Tensor image = random(1, 1, 3, 32, 32);
    Rewrite.Result pruned = assertRemoved(builtin.build(arena, 0), 0.25, image);
    assertTrue(pruned.changes().size() > 3);
  }

  @Test
  void theRightChannelsGo() {
    Model net =
        script(
            """
            def forward(self, x):
                y = torch.relu(torch.conv2d(x, self.a.weight, self.a.bias))
                return torch.conv2d(y, self.b.weight)
            """,
            "a.weight",
            of(8, 3, 3, 3),
            "a.bias",
            of(8),
            "b.weight",
            of(5, 8, 1, 1));
    float[] filters = net.stateDict(arena).get("a.weight").toFloatArray();
    float[] taking = net.stateDict(arena).get("b.weight").toFloatArray();
    Integer[] order = {0, 1, 2, 3, 4, 5, 6, 7};
    double[] norms = new double[8];
    for (int i = 0; i < filters.length; i++) {
      norms[i / 27] += Math.abs(filters[i]);
    }
    Arrays.sort(order, (i, j) -> Double.compare(norms[i], norms[j]));
    for (int channel : Arrays.copyOf(order, 3)) {
      for (int out = 0; out < 5; out++) {
        taking[out * 8 + channel] = 0;
      }
    }
    Weights masked = Weights.of(Map.of("b.weight", Tensor.of(arena, taking, 5, 8, 1, 1)));
    Rewrite.Result pruned = net.rewrite(arena, prune(3.0 / 8));
    Tensor image = random(3, 2, 3, 6, 6);
    assertSame(
        net.withWeights(arena, masked, false).forward(arena, image),
        pruned.model().forward(arena, image));
    assertEquals(
        List.of(
            new Rewrite.Change("a", "conv2d", "conv2d with fewer channels", 4 * 8 * 28, 4 * 5 * 28),
            new Rewrite.Change("b", "conv2d", "conv2d with fewer channels", 4 * 5 * 8, 4 * 5 * 5)),
        pruned.changes());
    assertEquals(3, net.parameters().size());
  }

  @Test
  void flattenedChannelsAreSeveralColumns() {
    Model net =
        script(
            """
            def forward(self, x):
                y = torch.conv2d(x, self.a.weight, self.a.bias)
                y = torch.batch_norm(y, None, self.n.bias, self.n.running_mean, self.n.running_var,
                    False, 0.1, 1e-5, False)
                y = torch.max_pool2d(torch.relu(y), [2, 2])
                y = torch.linear(torch.flatten(y, 1), self.b.weight, self.b.bias)
                return torch.linear(torch.relu(y).view([y.size(0), -1]), self.c.weight)
            """,
            "a.weight",
            of(8, 3, 3, 3),
            "a.bias",
            of(8),
            "n.bias",
            of(8),
            "n.running_mean",
            of(8),
            "n.running_var",
            of(8),
            "b.weight",
            of(12, 8 * 9),
            "b.bias",
            of(12),
            "c.weight",
            of(4, 12));
    Rewrite.Result pruned = assertRemoved(net, 0.25, random(7, 2, 3, 8, 8));
    assertEquals(3, pruned.changes().size());
  }

  @Test
  void whatIsAddedGoesTogether() {
    String source =
        """
        def forward(self, x):
            y = torch.conv2d(x, self.a.weight)
            z = torch.relu(torch.conv2d(y, self.b.weight, self.b.bias))
            y = y + torch.conv2d(z, self.c.weight)
            s = torch.sigmoid(torch.conv2d(y.mean([2, 3], True), self.s.weight))
            return torch.linear((y * s).mean([2, 3]), self.d.weight)
        """;
    Model net =
        script(
            source,
            "a.weight",
            of(8, 3, 1, 1),
            "b.weight",
            of(16, 8, 1, 1),
            "b.bias",
            of(16),
            "c.weight",
            of(8, 16, 1, 1),
            "s.weight",
            of(8, 8, 1, 1),
            "d.weight",
            of(5, 8));
    Tensor image = random(7, 2, 3, 8, 8);
    Rewrite.Result pruned = assertRemoved(net, 0.25, image);
    assertEquals(5, pruned.changes().size());
    Rewrite.Result kept = net.rewrite(arena, prune(0.25, "s"));
    assertEquals("itself: its channels stay, s is kept", after(kept, "a"));
    assertEquals("conv2d with fewer channels", after(kept, "b"));
  }

  @Test
  void joinedChannelsAreFoundBehindEachOther() {
    Model net =
        script(
            """
            def forward(self, x):
                y = torch.relu(torch.conv2d(x, self.a.weight))
                z = torch.relu(torch.conv2d(y, self.b.weight))
                y = torch.batch_norm(torch.cat([y, z], 1), self.n.weight, self.n.bias,
                    self.n.running_mean, self.n.running_var, False, 0.1, 1e-5, False)
                return torch.conv2d(torch.relu(y), self.c.weight)
            """,
            "a.weight",
            of(8, 3, 1, 1),
            "b.weight",
            of(6, 8, 1, 1),
            "n.weight",
            of(14),
            "n.bias",
            of(14),
            "n.running_mean",
            of(14),
            "n.running_var",
            of(14),
            "c.weight",
            of(10, 14, 1, 1));
    Rewrite.Result pruned = assertRemoved(net, 0.5, random(7, 2, 3, 4, 4));
    assertTrue(pruned.model().operators().containsKey("aten::batch_norm"));
    assertEquals(4 * 10 * 7, pruned.changes().getLast().bytesAfter());
  }

  @Test
  void transposedConvolutionsHaveTheirChannelsElsewhere() {
    Model net =
        script(
            """
            def forward(self, x):
                y = torch.relu(torch.conv2d(x, self.a.weight))
                y = torch.conv_transpose2d(y, self.b.weight, self.b.bias, [2, 2])
                return torch.conv2d(torch.relu(y), self.c.weight)
            """,
            "a.weight",
            of(8, 3, 1, 1),
            "b.weight",
            of(8, 10, 2, 2),
            "b.bias",
            of(10),
            "c.weight",
            of(3, 10, 1, 1));
    float[] filters = net.stateDict(arena).get("b.weight").toFloatArray();
    for (int i = 0; i < filters.length; i++) {
      filters[i] = i / 4 % 10 < 5 ? 0 : filters[i];
    }
    Weights zeros =
        Weights.of(
            Map.of(
                "a.weight",
                withZeros(net.stateDict(arena).get("a.weight"), 0.5),
                "b.weight",
                Tensor.of(arena, filters, 8, 10, 2, 2),
                "b.bias",
                withZeros(net.stateDict(arena).get("b.bias"), 0.5)));
    Model zeroed = net.withWeights(arena, zeros, false);
    Rewrite.Result pruned = zeroed.rewrite(arena, prune(0.5));
    Tensor image = random(7, 2, 3, 4, 4);
    assertSame(zeroed.forward(arena, image), pruned.model().forward(arena, image));
    assertEquals("conv_transpose2d with fewer channels", after(pruned, "b"));
    assertEquals(4 * (4 * 5 * 4 + 5), pruned.changes().get(1).bytesAfter());
  }

  @Test
  void hiddenFeaturesGoAndHeadsStay() {
    Model net =
        script(
            """
            def forward(self, x):
                q = torch.linear(x, self.q.weight).view([2, 5, 2, 4]).transpose(1, 2)
                x = x + torch.scaled_dot_product_attention(q, q, q).transpose(1, 2).reshape([2, 5, 8])
                y = torch.matmul(torch.gelu(torch.linear(x, self.a.weight, self.a.bias)),
                    self.b.weight)
                return torch.layer_norm(x + y, [8])
            """,
            "q.weight",
            of(8, 8),
            "a.weight",
            of(32, 8),
            "a.bias",
            of(32),
            "b.weight",
            of(32, 8));
    Tensor input = random(7, 2, 5, 8);
    Model zeroed = zeroed(net, 0); // then only the hidden features are zero
    Weights hidden =
        Weights.of(
            Map.of(
                "a.weight",
                withZeros(net.stateDict(arena).get("a.weight"), 0.5),
                "a.bias",
                withZeros(net.stateDict(arena).get("a.bias"), 0.5)));
    zeroed = zeroed.withWeights(arena, hidden, false);
    Rewrite.Result pruned = zeroed.rewrite(arena, prune(0.5));
    assertSame(zeroed.forward(arena, input), pruned.model().forward(arena, input));
    assertEquals("itself: its channels stay, they go through view", after(pruned, "q"));
    assertEquals("linear with fewer channels", after(pruned, "a"));
    assertEquals("matmul with fewer channels", after(pruned, "b"));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 16})
  void whatRemainsIsAMultiple(int multiple) {
    Model net = Builtin.RESNET18.build(arena, 0);
    Rewrite.Result pruned =
        net.rewrite(
            arena, new Rewrite.PruneChannels(0.3, Scope.LAYER, 2, multiple, List.of("layer4.*")));
    Tensor output = pruned.model().forward(arena, random(1, 1, 3, 32, 32));
    assertEquals(Shape.of(1, 1000), output.shape());
    long first = pruned.changes().getFirst().bytesAfter() / 4 / 148; // 7 x 7 x 3, and a bias
    assertEquals(multiple == 1 ? 45 : 48, first);
  }

  @Test
  void acrossGroupsSomeOfEachRemain() {
    Rewrite global = new Rewrite.PruneChannels(0.95, Scope.GLOBAL, 2, 1, List.of());
    Model pruned = Builtin.RESNET18.build(arena, 0).rewrite(arena, global).model();
    Tensor output = pruned.forward(arena, random(1, 1, 3, 32, 32));
    assertEquals(Shape.of(1, 1000), output.shape());
  }

  @Test
  void aModelOfWhichNothingCanGoIsRefused() {
    Model net =
        script(
            "def forward(self, x):\n    return torch.conv2d(x, self.a.weight)",
            "a.weight",
            of(8, 3, 1, 1));
    var e = assertThrows(UnsupportedException.class, () -> net.rewrite(arena, prune(0.5)));
    assertEquals(
        "no channel can be removed: a is left itself: its channels stay, the model returns them",
        e.getMessage());
    var unknown =
        assertThrows(IllegalArgumentException.class, () -> net.rewrite(arena, prune(0.5, "b")));
    assertEquals("the model has no layer 'b', it has: a", unknown.getMessage());
  }

  @Test
  void aSmallerModelIsSavedAndLoaded(@TempDir Path directory) {
    Model pruned = Builtin.RESNET18.build(arena, 0).rewrite(arena, prune(0.5)).model();
    Path file = directory.resolve("pruned.pt");
    pruned.save(file);
    Tensor image = random(1, 1, 3, 32, 32);
    Model loaded = Model.load(arena, file);
    assertArrayEquals(
        pruned.forward(arena, image).toFloatArray(), loaded.forward(arena, image).toFloatArray());
    assertFalse(loaded.operators().containsKey("aten::batch_norm"));
  }
}
