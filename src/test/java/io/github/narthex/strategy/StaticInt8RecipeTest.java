package io.github.narthex.strategy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.LeakCheck;
import io.github.narthex.Model;
import io.github.narthex.NarthexException;
import io.github.narthex.Tensor;
import io.github.narthex.Value;
import io.github.narthex.io.Samples;
import io.github.narthex.models.Builtin;
import io.github.narthex.models.ShapePictures;
import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Static quantisation of the net that is trained. */
@ExtendWith(LeakCheck.class)
class StaticInt8RecipeTest {
  private static final Recipe STATIC = Recipe.parse("static-int8");

  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  private Model net() {
    return Builtin.SHAPES_NET.build(arena, 0);
  }

  /** Pictures that the net was trained on, changed. */
  private static Samples pictures(int count, UnaryOperator<Tensor> change) {
    Samples pictures = ShapePictures.of(1).samples(0, count);
    return new Samples() {
      @Override
      public int count() {
        return count;
      }

      @Override
      public SequencedMap<String, Value> sample(Arena arena, int index) {
        SequencedMap<String, Value> sample = new LinkedHashMap<>(pictures.sample(arena, index));
        sample.replaceAll((name, value) -> Value.of(change.apply(value.tensor())));
        return sample;
      }
    };
  }

  private static Samples pictures(int count) {
    return pictures(count, picture -> picture);
  }

  /** On pictures that are new to it. */
  private double shareOfRight(Model model) {
    ShapePictures.Batch batch = ShapePictures.of(2).batch(arena, 0, 500);
    long[] labels = batch.labels().toLongArray();
    long[] answers = model.forward(arena, batch.images()).argmax(1, false).toLongArray();
    int right = 0;
    for (int i = 0; i < labels.length; i++) {
      right += labels[i] == answers[i] ? 1 : 0;
    }
    return right / (double) labels.length;
  }

  @Test
  void theTrainedNetStaysRight() {
    Model net = net();
    double before = shareOfRight(net);
    for (String recipe : List.of("static-int8", "static-int8:observer=min-max")) {
      Applied applied = Recipe.parse(recipe).apply(arena, net, pictures(32));
      Model quantized = applied.model();
      assertEquals(List.of(), applied.notes());
      assertFalse(quantized.operators().containsKey("aten::conv2d"));
      double after = shareOfRight(quantized);
      assertTrue(after > before - 0.02, "%s: %s, was %s".formatted(recipe, after, before));
    }
  }

  @Test
  void aWrongCalibrationIsWrong() {
    Model net = net();
    for (double scale : new double[] {0, 0.001}) {
      Samples wrong = pictures(4, picture -> picture.mul(scale));
      Model quantized = STATIC.applyTo(arena, net, wrong);
      assertTrue(shareOfRight(quantized) < 0.5);
    }
  }

  @Test
  void layersAreKeptUntilTheErrorIsSmallEnough() {
    Model net = net();
    Samples samples = pictures(8);
    Recipe recipe = Recipe.parse("static-int8:max-error=0.01");
    Applied applied = recipe.apply(arena, net, samples);
    Model quantized = applied.model();
    List<String> notes = applied.notes();
    assertEquals(1, notes.size(), notes::toString);
    assertTrue(
        notes.getFirst().matches("[1-9]\\d* of \\d+ layers stay in float32: \\S+: error .* % .*"),
        notes::toString);

    Answers answers = new Answers(arena, samples, true);
    for (int i = 0; i < samples.count(); i++) {
      answers.expect(net, i);
    }
    assertTrue(answers.error(quantized, samples.count()) <= 0.01);
    Model all = STATIC.applyTo(arena, net, samples);
    assertTrue(answers.error(all, samples.count()) > 0.01);
  }

  @Test
  void nothingIsKeptForNothing() {
    Recipe recipe = Recipe.parse("static-int8:max-error=0.9");
    List<String> notes = recipe.apply(arena, net(), pictures(2)).notes();
    assertEquals(1, notes.size());
    assertTrue(notes.getFirst().startsWith("no layer has to stay in float32: error "));
  }

  @Test
  void whatIsMissing() {
    Model net = net();
    var e = assertThrows(IllegalArgumentException.class, () -> STATIC.applyTo(arena, net));
    assertEquals(
        "static-int8 needs calibration data: samples of what the model will be given",
        e.getMessage());
    Samples none = pictures(0);
    e = assertThrows(IllegalArgumentException.class, () -> STATIC.applyTo(arena, net, none));
    assertEquals("there is no calibration data: no samples are given", e.getMessage());
    Samples flat = pictures(1, picture -> picture.select(1, 0));
    assertThrows(NarthexException.class, () -> STATIC.applyTo(arena, net, flat));
  }

  @Test
  void settings() {
    assertTrue(STATIC.calibrates());
    assertFalse(Recipe.EAGER.calibrates());
    assertEquals(
        "static-int8", Recipe.parse("static-int8:engine=x86:observer=histogram").toString());
    assertEquals(
        "static-int8:engine=onednn:max-error=0.01",
        Recipe.parse("static-int8:max-error=1e-2:engine=onednn").toString());
    var e =
        assertThrows(IllegalArgumentException.class, () -> Recipe.parse("static-int8+bf16-mixed"));
    assertTrue(
        String.valueOf(e.getMessage())
            .endsWith("bf16-mixed and static-int8 do not go together: a layer has one dtype"));
    e = assertThrows(IllegalArgumentException.class, () -> Recipe.parse("static-int8:max-error=2"));
    assertEquals(
        "'max-error=2': expected a number above 0 and below 1",
        String.valueOf(e.getMessage()).replaceAll(".*: '", "'"));
  }
}
