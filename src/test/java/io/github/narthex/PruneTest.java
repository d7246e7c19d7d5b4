package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.Rewrite.Prune.Method;
import io.github.narthex.Rewrite.Scope;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Pruning of single weights. */
@ExtendWith(LeakCheck.class)
class PruneTest {
  private static final String NET =
      """
      def forward(self, x):
          y = torch.relu(torch.conv2d(x, self.conv.weight, self.conv.bias))
          return torch.matmul(y.mean([2, 3]), self.head.weight.t())
      """;

  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  private static Rewrite prune(double amount, Scope scope, boolean keepMasks, String... keep) {
    return new Rewrite.Prune(amount, scope, Method.L1, 0, keepMasks, List.of(keep));
  }

  private static Rewrite random(long seed) {
    return new Rewrite.Prune(0.25, Scope.LAYER, Method.RANDOM, seed, false, List.of());
  }

  private Tensor random(int seed, long... sizes) {
    return Tensors.randn(arena, DType.FLOAT32, Shape.of(sizes), Generator.seeded(arena, seed));
  }

  private Model net() {
    Weights weights =
        new Weights()
            .parameter("conv.weight", random(1, 6, 3, 3, 3))
            .parameter("conv.bias", random(2, 6))
            .parameter("head.weight", random(3, 5, 6));
    return Model.script(arena, weights, NET);
  }

  private float[] answers(Model model) {
    return model.forward(arena, random(9, 2, 3, 8, 8)).toFloatArray();
  }

  private float[] weights(Model model, String name) {
    return model.stateDict(arena).get(name).add(0.0).toFloatArray(); // -0 becomes 0
  }

  private static int zeros(float[] numbers) {
    int zeros = 0;
    for (float number : numbers) {
      zeros += number == 0 ? 1 : 0;
    }
    return zeros;
  }

  /** The weights with those put to zero that are nearer to it than others, so many. */
  private static float[] without(float[] weights, int count) {
    float[] sizes = new float[weights.length];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = Math.abs(weights[i]);
    }
    Arrays.sort(sizes);
    float[] pruned = weights.clone();
    for (int i = 0; i < pruned.length; i++) {
      pruned[i] = Math.abs(pruned[i]) < sizes[count] ? 0 : pruned[i];
    }
    return pruned;
  }

  @Test
  void masksStandBesideTheWeights() {
    Model net = net();
    float[] conv = weights(net, "conv.weight");
    float[] head = weights(net, "head.weight");
    Rewrite.Result pruned = net.rewrite(arena, prune(0.5, Scope.LAYER, true));
    Model masked = pruned.model();
    assertEquals(
        Set.of("conv.weight_orig", "conv.bias", "head.weight_orig"), masked.parameters().keySet());
    assertEquals(Set.of("conv.weight_mask", "head.weight_mask"), masked.buffers().keySet());
    assertArrayEquals(conv, weights(masked, "conv.weight_orig"));
    assertEquals(81, zeros(weights(masked, "conv.weight_mask")));
    assertEquals(
        List.of(
            new Rewrite.Change("conv", "weights", "weights with a mask", 648, 648),
            new Rewrite.Change("head", "weights", "weights with a mask", 120, 120)),
        pruned.changes());

    Weights expected =
        new Weights()
            .parameter("conv.weight", Tensor.of(arena, without(conv, 81), 6, 3, 3, 3))
            .parameter("conv.bias", net.stateDict(arena).get("conv.bias"))
            .parameter("head.weight", Tensor.of(arena, without(head, 15), 5, 6));
    float[] answers = answers(net.withWeights(arena, expected));
    assertArrayEquals(answers, answers(masked), 1e-5f);

    Model permanent = masked.rewrite(arena, new Rewrite.RemovePruning()).model();
    assertEquals(net.parameters().keySet(), permanent.parameters().keySet());
    assertTrue(permanent.buffers().isEmpty());
    assertArrayEquals(without(conv, 81), weights(permanent, "conv.weight"));
    assertArrayEquals(answers, answers(permanent), 1e-5f);
    assertArrayEquals(conv, weights(net, "conv.weight"));
    assertEquals(new Sparsity.Layer("conv", 162, 81), masked.sparsity().layers().getFirst());
    assertEquals(masked.sparsity(), permanent.sparsity());
    assertEquals(0.5, permanent.sparsity().share());
    assertEquals(0, net.sparsity().zeros());
  }

  @Test
  void freezingMakesMasksPermanent() {
    Model masked = net().rewrite(arena, prune(0.5, Scope.LAYER, true)).model();
    Model frozen = masked.freeze(arena);
    assertFalse(frozen.operators().containsKey("aten::mul"));
    assertArrayEquals(answers(masked), answers(frozen), 1e-5f);
    assertEquals(
        List.of(new Sparsity.Layer("conv", 162, 81), new Sparsity.Layer("head", 30, 15)),
        frozen.sparsity().layers());
    assertTrue(masked.parameters().containsKey("conv.weight_orig"));
  }

  @Test
  void acrossLayersTheSmallestOfAllGo() {
    Model pruned = net().rewrite(arena, prune(0.25, Scope.GLOBAL, false)).model();
    assertEquals(48, pruned.sparsity().zeros());
    float largestGone = 0;
    float smallestLeft = Float.MAX_VALUE;
    for (String name : List.of("conv.weight", "head.weight")) {
      float[] before = weights(net(), name);
      float[] after = weights(pruned, name);
      for (int i = 0; i < after.length; i++) {
        if (after[i] == 0) {
          largestGone = Math.max(largestGone, Math.abs(before[i]));
        } else {
          assertEquals(before[i], after[i]);
          smallestLeft = Math.min(smallestLeft, Math.abs(after[i]));
        }
      }
    }
    assertTrue(largestGone < smallestLeft, largestGone + " " + smallestLeft);
  }

  @Test
  void randomOnesAreThoseOfTheSeed() {
    Model net = net();
    float[] first = weights(net.rewrite(arena, random(1)).model(), "conv.weight");
    assertArrayEquals(first, weights(net.rewrite(arena, random(1)).model(), "conv.weight"));
    assertNotEquals(
        Arrays.toString(first),
        Arrays.toString(weights(net.rewrite(arena, random(2)).model(), "conv.weight")));
    assertEquals(40, zeros(first)); // 40.5, to the even one
    float[] again =
        weights(
            net.rewrite(arena, random(1)).model().rewrite(arena, random(7)).model(), "conv.weight");
    assertEquals(40, zeros(again));
  }

  @Test
  void layersCanBeKept() {
    Model net = net();
    Rewrite.Result pruned = net.rewrite(arena, prune(0.5, Scope.LAYER, true, "co*"));
    assertEquals(List.of("head"), pruned.changes().stream().map(Rewrite.Change::layer).toList());
    var e =
        assertThrows(
            IllegalArgumentException.class,
            () -> net.rewrite(arena, prune(0.5, Scope.LAYER, true, "fc")));
    assertEquals("the model has no layer 'fc', it has: conv, head", e.getMessage());
    var all =
        assertThrows(
            UnsupportedException.class,
            () -> net.rewrite(arena, prune(0.5, Scope.LAYER, true, "conv", "head")));
    assertTrue(String.valueOf(all.getMessage()).startsWith("nothing can be pruned: "));
    assertThrows(IllegalArgumentException.class, () -> prune(1, Scope.LAYER, true));
    assertThrows(IllegalArgumentException.class, () -> prune(Double.NaN, Scope.LAYER, true));
  }

  @Test
  void frozenModelsArePrunedForGood(@TempDir Path directory) {
    Path file = directory.resolve("frozen.pt");
    net().freeze(arena).save(file);
    Model frozen = Model.load(arena, file);
    Model pruned = frozen.rewrite(arena, prune(0.5, Scope.LAYER, false)).model();
    assertEquals(
        List.of(new Sparsity.Layer("conv2d_0", 162, 81), new Sparsity.Layer("matmul_0", 30, 15)),
        pruned.sparsity().layers());
    assertEquals(0, frozen.sparsity().zeros());
    Model expected = net().rewrite(arena, prune(0.5, Scope.LAYER, false)).model();
    assertArrayEquals(answers(expected), answers(pruned), 1e-5f);
    var e =
        assertThrows(
            UnsupportedException.class, () -> frozen.rewrite(arena, prune(0.5, Scope.LAYER, true)));
    assertTrue(String.valueOf(e.getMessage()).startsWith("a frozen model has no parameters"));
  }

  @Test
  void masksAreSavedAndLoaded(@TempDir Path directory) {
    Model masked = net().rewrite(arena, prune(0.3, Scope.GLOBAL, true)).model();
    Path file = directory.resolve("masked.pt");
    masked.save(file);
    Model loaded = Model.load(arena, file);
    assertEquals(masked.buffers().keySet(), loaded.buffers().keySet());
    assertEquals(masked.sparsity(), loaded.sparsity());
    assertArrayEquals(answers(masked), answers(loaded));
    Model permanent = loaded.rewrite(arena, new Rewrite.RemovePruning()).model();
    assertArrayEquals(answers(masked), answers(permanent), 1e-6f);
  }

  @Test
  void weightsThatLayersShareArePrunedOnce() {
    Weights owned =
        Model.script(
                arena,
                new Weights().parameter("a", random(4, 6, 6)).parameter("words", random(5, 10, 6)),
                "def forward(self):\n    return self.a")
            .stateDict(arena);
    Weights weights =
        new Weights()
            .parameter("a.weight", owned.get("a"))
            .parameter("b.weight", owned.get("a"))
            .parameter("words.weight", owned.get("words"))
            .parameter("bias.weight", random(6, 6, 6))
            .parameter("head.weight", owned.get("words"));
    Model net =
        Model.script(
            arena,
            weights,
            """
            def forward(self, x):
                y = torch.embedding(self.words.weight, x)
                y = torch.linear(torch.linear(y, self.a.weight), self.b.weight)
                return torch.linear(torch.linear(y, self.bias.weight), self.head.weight)
            """);
    Rewrite.Result pruned = net.rewrite(arena, prune(0.5, Scope.LAYER, true));
    assertEquals(
        List.of("a", "b", "bias"), pruned.changes().stream().map(Rewrite.Change::layer).toList());
    assertArrayEquals(
        weights(pruned.model(), "a.weight_mask"), weights(pruned.model(), "b.weight_mask"));
    assertTrue(pruned.model().parameters().containsKey("words.weight"));
    assertTrue(pruned.model().parameters().containsKey("head.weight"));
    Tensor x = Tensor.of(arena, new long[] {1, 2, 9}, 3);
    Model permanent = net.rewrite(arena, prune(0.5, Scope.LAYER, false)).model();
    assertArrayEquals(
        pruned.model().forward(arena, x).toFloatArray(),
        permanent.forward(arena, x).toFloatArray(),
        1e-5f);
  }

  @Test
  void instancesOfOneClassHaveTheirOwnMasks() {
    Model model = Model.load(arena, Fixtures.path("models/convnet.pt"));
    Tensor image = random(1, 2, 3, 16, 16);
    Rewrite.Result masked = model.rewrite(arena, prune(0.4, Scope.LAYER, true));
    Model permanent = model.rewrite(arena, prune(0.4, Scope.LAYER, false)).model();
    assertEquals(masked.changes().size(), permanent.sparsity().layers().size());
    assertEquals(permanent.sparsity(), masked.model().sparsity());
    assertArrayEquals(
        permanent.forward(arena, image).toFloatArray(),
        masked.model().forward(arena, image).toFloatArray(),
        1e-5f);
    String kept = masked.changes().getFirst().layer();
    Model partly = model.rewrite(arena, prune(0.4, Scope.LAYER, true, kept)).model();
    assertEquals(0, partly.sparsity().layers().getFirst().zeros());
    assertEquals(permanent.sparsity().layers().getLast(), partly.sparsity().layers().getLast());
  }
}
