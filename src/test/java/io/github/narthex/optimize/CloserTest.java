package io.github.narthex.optimize;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.narthex.strategy.Recipe;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CloserTest {
  @Test
  void layersAreLeft() {
    assertEquals("static-int8:engine=onednn:max-error=0.016", closer("static-int8:engine=onednn"));
    assertEquals("onednn-graph+dynamic-int8:max-error=0.016", closer("onednn-graph+dynamic-int8"));
    assertEquals(
        "onednn-graph+bf16-mixed:max-error=0.016+channels-last",
        closer("onednn-graph+bf16-mixed+channels-last"));
    assertEquals("prepack+bf16-mixed:max-error=0.016", closer("prepack+bf16"));
  }

  private static String closer(String recipe) {
    String closer = Closer.than(recipe, 0.02).orElseThrow();
    assertEquals(closer, Recipe.parse(closer).toString());
    return closer;
  }

  @Test
  void othersStay() {
    assertEquals(Optional.empty(), Closer.than("freeze", 0.02));
    assertEquals(Optional.empty(), Closer.than("static-int8:max-error=0.02", 0.02));
    assertEquals(Optional.empty(), Closer.than("static-int8", Double.POSITIVE_INFINITY));
  }
}
