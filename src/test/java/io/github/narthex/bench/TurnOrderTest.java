package io.github.narthex.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class TurnOrderTest {
  /** A round as a text, with {@code -} for the baseline. */
  private static String round(List<String> candidates, int round) {
    List<String> turns = new ArrayList<>();
    for (TurnOrder.Slot<String> slot : TurnOrder.of(candidates, round)) {
      Stream.of(
              slot.before() == null ? "" : slot.before(),
              "-",
              slot.after() == null ? "" : slot.after())
          .forEach(turns::add);
    }
    return String.join("", turns);
  }

  @Test
  void eachStandsNextToTheBaselineAndRotates() {
    List<String> candidates = List.of("a", "b", "c", "d");
    assertEquals("a-bc-d", round(candidates, 0));
    assertEquals("b-cd-a", round(candidates, 1));
    assertEquals("c-da-b", round(candidates, 2));
    assertEquals(2, TurnOrder.baselineTurns(4));
  }

  @Test
  void oddOneOutAlternatesSides() {
    List<String> candidates = List.of("a", "b", "c");
    assertEquals("a-bc-", round(candidates, 0));
    assertEquals("b-c-a", round(candidates, 1));
    assertEquals(2, TurnOrder.baselineTurns(3));
    assertEquals("-x", round(List.of("x"), 1));
  }

  @Test
  void baselineAlone() {
    assertEquals("-", round(List.of(), 3));
    assertEquals(1, TurnOrder.baselineTurns(0));
  }
}
