package io.github.narthex.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.DType;
import io.github.narthex.Shape;
import io.github.narthex.TensorInfo;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InputGuessTest {
  private static final List<String> ONE_TENSOR = List.of("Tensor");

  @Test
  void takesThreeChannelsForAnImage() {
    assertKnown(
        "1x3x224x224:float32",
        Map.of("bn1.weight", Shape.of(64), "conv1.weight", Shape.of(64, 3, 7, 7)));
  }

  @Test
  void findsTheWidthThatNoLayerGives() {
    assertKnown(
        "1x8:float32",
        Map.of("out.weight", Shape.of(4, 16), "hidden.weight", Shape.of(16, 8), "b", Shape.of(4)));
  }

  @Test
  void takesAnEmbeddingForIndices() {
    assertKnown(
        "1x64:int64:0..999",
        Map.of(
            "embeddings.position_embeddings.weight", Shape.of(64, 16),
            "embeddings.word_embeddings.weight", Shape.of(1000, 16),
            "fc.weight", Shape.of(16, 16)));
  }

  @Test
  void needsNothingForAForwardWithoutRequiredArguments() {
    var known = assertInstanceOf(InputGuess.Known.class, InputGuess.of(List.of(), Map.of()));
    assertEquals(List.of(), known.specs());
  }

  @Test
  void saysWhatToDoWhenItDoesNotKnow() {
    assertUnknown("forward takes Tensor, Tensor", List.of("Tensor", "Tensor"), Map.of());
    assertUnknown("forward takes List[Tensor]", List.of("List[Tensor]"), Map.of());
    assertUnknown("the model has no parameters to tell the input's shape by", ONE_TENSOR, Map.of());
    assertUnknown(
        "the weights do not tell the input's shape",
        ONE_TENSOR,
        Map.of("conv.weight", Shape.of(8, 1, 3, 3)));
    assertUnknown(
        "the weights do not tell the input's shape",
        ONE_TENSOR,
        Map.of("a", Shape.of(8, 4), "b", Shape.of(8, 2)));
  }

  /** The input is of the weights' floating dtype, where they have one. */
  @ParameterizedTest
  @CsvSource({
    "FLOAT16, FLOAT16, float16",
    "BFLOAT16, BFLOAT16, bfloat16",
    "FLOAT64, FLOAT64, float64",
    "FLOAT16, INT64, float16",
    "FLOAT16, FLOAT32, float32",
    "INT8, INT64, float32",
    "FLOAT8_E4M3FN, FLOAT8_E4M3FN, float32",
  })
  void takesTheDTypeOfTheWeights(DType first, DType second, String expected) {
    assertGuess(
        "1x3x224x224:" + expected,
        Map.of(
            "conv1.weight", new TensorInfo(first, Shape.of(64, 3, 7, 7)),
            "bn1.weight", new TensorInfo(second, Shape.of(64))));
    assertGuess(
        "1x8:" + expected,
        Map.of(
            "out.weight", new TensorInfo(first, Shape.of(4, 16)),
            "hidden.weight", new TensorInfo(second, Shape.of(16, 8))));
  }

  private static void assertKnown(String spec, Map<String, Shape> parameters) {
    assertGuess(spec, ofFloat32(parameters));
  }

  private static Map<String, TensorInfo> ofFloat32(Map<String, Shape> shapes) {
    Map<String, TensorInfo> weights = new HashMap<>();
    shapes.forEach((name, shape) -> weights.put(name, new TensorInfo(DType.FLOAT32, shape)));
    return weights;
  }

  private static void assertGuess(String spec, Map<String, TensorInfo> weights) {
    var known = assertInstanceOf(InputGuess.Known.class, InputGuess.of(ONE_TENSOR, weights));
    assertEquals(List.of(InputSpec.parse(spec)), known.specs());
  }

  private static void assertUnknown(
      String reason, List<String> types, Map<String, Shape> parameters) {
    var unknown =
        assertInstanceOf(InputGuess.Unknown.class, InputGuess.of(types, ofFloat32(parameters)));
    assertTrue(unknown.reason().startsWith(reason + "; describe each"), unknown.reason());
  }
}
