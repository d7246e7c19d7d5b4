package io.github.narthex.strategy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.DType;
import io.github.narthex.LeakCheck;
import io.github.narthex.Model;
import io.github.narthex.Tensor;
import io.github.narthex.UnsupportedException;
import io.github.narthex.io.Samples;
import io.github.narthex.models.Builtin;
import io.github.narthex.models.ShapePictures;
import java.lang.foreign.Arena;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pruning of the net that is trained, alone and with what comes after it. */
@ExtendWith(LeakCheck.class)
class PruneRecipeTest {
  private static final int PICTURES = 300;

  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  private Model net() {
    return Builtin.SHAPES_NET.build(arena, 0);
  }

  private Tensor images() {
    return ShapePictures.of(2).batch(arena, 0, PICTURES).images();
  }

  /** On pictures that are new to it. */
  private double shareOfRight(Model model) {
    ShapePictures.Batch batch = ShapePictures.of(2).batch(arena, 0, PICTURES);
    long[] labels = batch.labels().toLongArray();
    long[] answers = model.forward(arena, batch.images()).argmax(1, false).toLongArray();
    int right = 0;
    for (int i = 0; i < labels.length; i++) {
      right += labels[i] == answers[i] ? 1 : 0;
    }
    return right / (double) labels.length;
  }

  @ParameterizedTest
  @CsvSource({
    "prune:amount=0.2, 0.08",
    "prune:amount=0.5:scope=global, 0.35",
    "prune-channels:amount=0.05:multiple=1, 0.45"
  })
  void theTrainedNetKnowsMuchStill(String recipe, double loss) {
    Model net = net();
    double before = shareOfRight(net);
    double after = shareOfRight(Recipe.parse(recipe).applyTo(arena, net));
    assertTrue(after > before - loss, "%s: %s, was %s".formatted(recipe, after, before));
  }

  @Test
  void theSmallestWeightsMatterLess() {
    Model net = net();
    double smallest = shareOfRight(Recipe.parse("prune:amount=0.2").applyTo(arena, net));
    double any = shareOfRight(Recipe.parse("prune:amount=0.2:method=random").applyTo(arena, net));
    assertTrue(smallest > any, smallest + " " + any);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "prune+prune-channels",
        "prune:masks=keep+freeze",
        "prune-channels+onednn-graph",
        "prune-channels+bf16",
        "prune-channels+onednn-graph+bf16+channels-last",
        "prune-channels+bf16-mixed",
        "prune-channels+fold-batch-norm",
        "prune-channels+optimize-for-inference",
        "prune+dynamic-int8",
        "prune:masks=keep+bf16"
      })
  void goesTogetherWithWhatComesAfter(String text) {
    Model net = net();
    Recipe recipe = Recipe.parse(text);
    Model alone =
        Recipe.of(
                recipe.steps().stream()
                    .filter(
                        step ->
                            Set.of(Strategy.PRUNE, Strategy.PRUNE_CHANNELS)
                                .contains(step.strategy()))
                    .toList())
            .applyTo(arena, net);
    Model both = recipe.applyTo(arena, net);
    float[] expected = alone.forward(arena, images()).toFloatArray();
    for (int call = 0; call < 3; call++) {
      Tensor answers = both.forward(arena, images());
      assertEquals(DType.FLOAT32, answers.dtype());
      float[] actual = answers.toFloatArray();
      double scale = 0;
      double difference = 0;
      for (int i = 0; i < expected.length; i++) {
        scale = Math.max(scale, Math.abs(expected[i]));
        difference = Math.max(difference, Math.abs(expected[i] - actual[i]));
      }
      assertTrue(difference < 0.08 * scale, difference + " of " + scale);
    }
  }

  @Test
  void quantisesWhatIsLeft() {
    Samples samples = ShapePictures.of(1).samples(0, 16);
    for (String text :
        new String[] {"prune:amount=0.2+static-int8", "prune-channels:amount=0.1+static-int8"}) {
      Model net = net();
      Model quantized = Recipe.parse(text).applyTo(arena, net, samples);
      assertFalse(quantized.operators().containsKey("aten::conv2d"));
      assertTrue(shareOfRight(quantized) > 0.5, text);
    }
  }

  @Test
  void fourOfTwoNeedsAnotherMachine() {
    Recipe recipe = Recipe.parse("sparse-2to4");
    var e = assertThrows(UnsupportedException.class, () -> recipe.applyTo(arena, net()));
    assertEquals(recipe.obstacle(Machine.current()).orElseThrow(), e.getMessage());
    assertTrue(String.valueOf(e.getMessage()).contains("compute capability 8.0"));
  }

  @Test
  void settings() {
    assertEquals(
        "prune:amount=0.3:scope=global", Recipe.parse("prune:scope=global:amount=.3").toString());
    assertEquals("prune", Recipe.parse("prune:amount=0.5:masks=remove").toString());
    assertEquals(
        "prune-channels:keep=head:norm=2",
        Recipe.parse("prune-channels:norm=2:keep=head:multiple=8").toString());
    assertThrows(IllegalArgumentException.class, () -> Recipe.parse("prune:amount=1"));
    assertThrows(IllegalArgumentException.class, () -> Recipe.parse("prune+sparse-2to4"));
    assertThrows(IllegalArgumentException.class, () -> Recipe.parse("prune-channels+grad"));
  }
}
