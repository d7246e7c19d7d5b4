package io.github.narthex.strategy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.DType;
import io.github.narthex.Generator;
import io.github.narthex.LeakCheck;
import io.github.narthex.Model;
import io.github.narthex.Shape;
import io.github.narthex.Tensor;
import io.github.narthex.Tensors;
import io.github.narthex.UnsupportedException;
import io.github.narthex.Value;
import io.github.narthex.Weights;
import io.github.narthex.io.MadeSamples;
import io.github.narthex.io.Samples;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Layers of dynamic quantisation that stay in float32. */
@ExtendWith(LeakCheck.class)
class LayerSearchTest {
  private static final int SIZE = 16;
  private static final Samples ROWS =
      new MadeSamples(
          6,
          "x",
          (arena, index) -> Value.of(random(arena, Generator.seeded(arena, 50 + index), 4, SIZE)));

  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  private static Tensor random(Arena arena, Generator seed, long... sizes) {
    return Tensors.randn(arena, DType.FLOAT32, Shape.of(sizes), seed);
  }

  /**
   * Each row of the second layer has a large weight, for an input that is always zero: it changes
   * no answer, but takes the scale from all others.
   */
  private Model model() {
    Generator seed = Generator.seeded(arena, 7);
    Weights weights =
        new Weights()
            .parameter("first.weight", with(0, 3 * SIZE, 1, random(arena, seed, SIZE, SIZE)))
            .parameter("second.weight", with(200, 3, SIZE, random(arena, seed, SIZE, SIZE)))
            .parameter("third.weight", random(arena, seed, SIZE, SIZE));
    return Model.script(
            arena,
            weights,
            """
            def forward(self, x: Tensor) -> Tensor:
                y = torch.linear(x, self.first.weight)
                z = torch.linear(torch.tanh(y), self.second.weight)
                return torch.linear(torch.tanh(z), self.third.weight)
            """)
        .eval(arena);
  }

  /** Weights of which those at some places are others. */
  private static Tensor with(float number, int first, int step, Tensor weights) {
    float[] numbers = weights.toFloatArray();
    for (int i = 0; i < SIZE; i++) {
      numbers[first + i * step] = number;
    }
    return Tensor.of(weights.arena(), numbers, SIZE, SIZE);
  }

  private double error(Model reference, Model other) {
    Answers answers = new Answers(arena, ROWS, true);
    for (int i = 0; i < ROWS.count(); i++) {
      answers.expect(reference, i);
    }
    return answers.error(other, ROWS.count());
  }

  @Test
  void theWorstLayerStaysAndTheRestIsQuantised() {
    Model model = model();
    double all = error(model, Recipe.parse("dynamic-int8").applyTo(arena, model));
    double within = error(model, Recipe.parse("dynamic-int8:keep=second").applyTo(arena, model));
    assertTrue(within < all / 2, within + " of " + all);
    double limit = (within + all) / 2;
    Applied applied = Recipe.parse("dynamic-int8:max-error=" + limit).apply(arena, model, ROWS);
    assertEquals(1, applied.notes().size());
    assertTrue(
        applied.notes().getFirst().startsWith("1 of 3 layers stay in float32: second: error "),
        applied.notes()::toString);
    assertTrue(error(model, applied.model()) <= limit);
    assertEquals(2, applied.changes().size());
  }

  @Test
  void layersOfMixedPrecisionStayToo() {
    Model model = model();
    double all = error(model, Recipe.parse("bf16-mixed").applyTo(arena, model));
    double limit = 0.9 * all;

    Applied applied = Recipe.parse("bf16-mixed:max-error=" + limit).apply(arena, model, ROWS);

    assertTrue(
        applied.notes().getFirst().contains("of 3 layers stay in float32"), applied::toString);
    assertTrue(error(model, applied.model()) <= limit);
    var none =
        assertThrows(
            IllegalArgumentException.class,
            () -> Recipe.parse("bf16-mixed:max-error=0.01").applyTo(arena, model));
    assertEquals(
        "max-error of bf16-mixed needs samples to compare answers over", none.getMessage());
  }

  @Test
  void whatCanNotBeHeldIsRefused() {
    Model model = model();
    var e =
        assertThrows(
            UnsupportedException.class,
            () -> Recipe.parse("dynamic-int8:max-error=1e-7").applyTo(arena, model, ROWS));
    assertTrue(
        String.valueOf(e.getMessage())
            .startsWith("no choice of layers keeps the error within 1.00e-05 %: error "),
        e::toString);
    var none =
        assertThrows(
            IllegalArgumentException.class,
            () -> Recipe.parse("dynamic-int8:max-error=0.01").applyTo(arena, model));
    assertEquals(
        "max-error of dynamic-int8 needs samples to compare answers over", none.getMessage());
  }
}
