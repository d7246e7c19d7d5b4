package io.github.narthex.internal.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SuggestionTest {
  @Test
  void distances() {
    assertEquals(0, Suggestion.distance("bench", "bench"));
    assertEquals(1, Suggestion.distance("ebnch", "bench"));
    assertEquals(2, Suggestion.distance("bnc", "bench"));
  }

  @Test
  void theNearestWordThatIsNearEnough() {
    List<String> words = List.of("bench", "run", "instances");
    assertEquals("", Suggestion.among(words, "quux"));
    assertEquals("; did you mean bench?", Suggestion.among(words, "bnech"));
    assertEquals(Optional.of("instances"), Suggestion.nearest(words, "inst"));
    assertEquals(Optional.empty(), Suggestion.nearest(List.of(), "run"));
  }
}
