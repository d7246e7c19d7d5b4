package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(LeakCheck.class)
class RewriteTest {
  private static final Rewrite BF16 = new Rewrite.MixedPrecision(DType.BFLOAT16, List.of());

  private static final String NET =
      """
      def forward(self, x):
          y = torch.conv2d(x, self.conv.weight, self.conv.bias, [1, 1], [1, 1])
          y = torch.batch_norm(y, self.norm.weight, self.norm.bias, self.norm.mean, self.norm.var,
              False, 0.1, 1e-5, False)
          y = torch.relu_(y)
          z = torch.softmax(y.mean([2, 3]) * 3.0, 1)
          return torch.matmul(z, self.head.weight), y
      """;

  private static Model net(Arena arena) {
    Generator random = Generator.seeded(arena, 7);
    Weights weights =
        new Weights()
            .parameter(
                "conv.weight", Tensors.randn(arena, DType.FLOAT32, Shape.of(8, 3, 3, 3), random))
            .parameter("conv.bias", Tensors.randn(arena, DType.FLOAT32, Shape.of(8), random))
            .parameter("norm.weight", Tensors.randn(arena, DType.FLOAT32, Shape.of(8), random))
            .parameter("norm.bias", Tensors.randn(arena, DType.FLOAT32, Shape.of(8), random))
            .buffer("norm.mean", Tensors.randn(arena, DType.FLOAT32, Shape.of(8), random))
            .buffer("norm.var", Tensors.ones(arena, DType.FLOAT32, Shape.of(8)))
            .parameter("head.weight", Tensors.randn(arena, DType.FLOAT32, Shape.of(8, 5), random));
    return Model.script(arena, weights, NET);
  }

  private static Tensor image(Arena arena) {
    return Tensors.randn(arena, DType.FLOAT32, Shape.of(2, 3, 16, 16), Generator.seeded(arena, 1));
  }

  private static List<Tensor> answers(Arena arena, Model model) {
    return model.forward(arena, Value.of(image(arena))).tensors();
  }

  @Test
  void mixedPrecisionKeepsAnswersAndDtypes() {
    try (Arena arena = Arena.ofConfined()) {
      Model model = net(arena);
      Rewrite.Result mixed = model.rewrite(arena, BF16);
      List<Tensor> expected = answers(arena, model);
      for (int call = 0; call < 3; call++) {
        List<Tensor> actual = answers(arena, mixed.model());
        for (int i = 0; i < expected.size(); i++) {
          double error = RelativeError.of(expected.get(i), actual.get(i));
          assertTrue(error > 0 && error < 0.02, "error " + error);
        }
      }
      assertEquals(
          List.of(
              new Rewrite.Change("conv", "conv2d, float32", "conv2d, bfloat16", 4 * 224, 2 * 224),
              new Rewrite.Change("head", "matmul, float32", "matmul, bfloat16", 160, 80)),
          mixed.changes());
    }
  }

  @Test
  void layersCanBeKept() {
    try (Arena arena = Arena.ofConfined()) {
      Model model = net(arena);
      Rewrite.MixedPrecision all =
          new Rewrite.MixedPrecision(DType.BFLOAT16, List.of("co*", "head"));
      Rewrite.Result mixed = model.rewrite(arena, all);
      assertEquals(List.of(), mixed.changes());
      assertTrue(
          RelativeError.of(
                  answers(arena, model).getFirst(), answers(arena, mixed.model()).getFirst())
              < 1e-5);
      var e =
          assertThrows(
              IllegalArgumentException.class,
              () ->
                  model.rewrite(arena, new Rewrite.MixedPrecision(DType.BFLOAT16, List.of("fc"))));
      assertEquals("the model has no layer 'fc', it has: conv, head", e.getMessage());
    }
  }

  @Test
  void aRewrittenModelIsSavedAndLoaded(@TempDir Path directory) {
    try (Arena arena = Arena.ofConfined()) {
      Model mixed = net(arena).rewrite(arena, BF16).model();
      Path file = directory.resolve("mixed.pt");
      mixed.save(file);
      Model loaded = Model.load(arena, file);
      assertArrayEquals(
          answers(arena, mixed).getFirst().toFloatArray(),
          answers(arena, loaded).getFirst().toFloatArray());
    }
  }

  @Test
  void aFrozenFileHasNumberedLayers(@TempDir Path directory) {
    try (Arena arena = Arena.ofConfined()) {
      Path file = directory.resolve("frozen.pt");
      net(arena).freeze(arena).save(file);
      Rewrite.Result mixed = Model.load(arena, file).rewrite(arena, BF16);
      assertEquals(
          List.of("conv2d_0", "matmul_0"),
          mixed.changes().stream().map(Rewrite.Change::layer).toList());
    }
  }

  @Test
  void namesSurviveOneRewriteAfterAnother() {
    try (Arena arena = Arena.ofConfined()) {
      Model kept =
          net(arena)
              .rewrite(arena, new Rewrite.MixedPrecision(DType.BFLOAT16, List.of("conv")))
              .model();
      Rewrite.Result again =
          kept.rewrite(arena, new Rewrite.MixedPrecision(DType.BFLOAT16, List.of("head")));
      assertEquals("conv", again.changes().getFirst().layer());
      assertEquals(1, again.changes().size());
    }
  }

  @Test
  void batchNormIsFoldedWithoutFreezing() {
    try (Arena arena = Arena.ofConfined()) {
      Model model = Model.load(arena, Fixtures.path("models/convnet.pt"));
      Rewrite.Result folded = model.rewrite(arena, new Rewrite.FoldBatchNorm());
      assertFalse(folded.model().parameters().isEmpty());
      assertFalse(folded.model().operators().containsKey("aten::batch_norm"));
      assertFalse(folded.changes().isEmpty());
      Tensor input =
          Tensors.randn(arena, DType.FLOAT32, Shape.of(2, 3, 16, 16), Generator.seeded(arena, 1));
      assertTrue(
          RelativeError.of(model.forward(arena, input), folded.model().forward(arena, input))
              < 1e-5);
    }
  }

  @Test
  void aMaskOfAttentionStaysWhatItIs() {
    try (Arena arena = Arena.ofConfined()) {
      String source =
          """
          def forward(self, x: Tensor, looks: bool) -> Tensor:
              causal = torch.ones(8, 8).tril() > 0
              added = torch.zeros(8, 8).masked_fill(causal.logical_not(), -1e9)
              mask = causal if looks else added
              return torch.scaled_dot_product_attention(x, x, x, mask)
          """;
      Model model = Model.script(arena, source).eval(arena);
      Model mixed = model.rewrite(arena, BF16).model();
      Tensor x =
          Tensors.randn(arena, DType.FLOAT32, Shape.of(1, 2, 8, 16), Generator.seeded(arena, 1));
      for (boolean looks : new boolean[] {true, false}) {
        Tensor expected = model.forward(arena, Value.of(x), Value.of(looks)).tensor();
        Tensor actual = mixed.forward(arena, Value.of(x), Value.of(looks)).tensor();
        assertTrue(RelativeError.of(expected, actual) < 0.02, () -> "looks: " + looks);
      }
    }
  }

  @Test
  void productsWithABiasAreCompiledIn16Bits() {
    try (Arena arena = Arena.ofConfined()) {
      Generator seed = Generator.seeded(arena, 3);
      Weights weights =
          Weights.of(
              Map.of(
                  "w", Tensors.randn(arena, DType.FLOAT32, Shape.of(32, 48), seed),
                  "b", Tensors.randn(arena, DType.FLOAT32, Shape.of(48), seed)));
      Model model =
          Model.script(
                  arena,
                  weights,
                  """
                  def forward(self, x: Tensor) -> Tensor:
                      return torch.relu(torch.addmm(self.b, x, self.w))
                  """)
              .eval(arena);
      Rewrite.Result mixed = model.rewrite(arena, BF16);
      assertEquals("linear, bfloat16", mixed.changes().getFirst().after());
      Model fused = mixed.model().withOneDnnGraph();
      Tensor x = Tensors.randn(arena, DType.FLOAT32, Shape.of(16, 32), seed);
      Tensor expected = model.forward(arena, x);
      for (int call = 0; call < 3; call++) {
        assertTrue(RelativeError.of(expected, fused.forward(arena, x)) < 0.02);
      }
      assertEquals(1, fused.compilations().getFirst().parts());
    }
  }

  @Test
  void otherDtypesAreRefused() {
    var e =
        assertThrows(
            IllegalArgumentException.class,
            () -> new Rewrite.MixedPrecision(DType.INT8, List.of()));
    assertEquals("expected bfloat16 or float16, got int8", e.getMessage());
  }
}
