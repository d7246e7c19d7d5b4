package io.github.narthex.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class HeatsTest {
  private static final List<Integer> EIGHT = List.of(1, 2, 3, 4, 5, 6, 7, 8);

  @Test
  void allAtOnceWhereMemorySuffices() {
    assertEquals(List.of(EIGHT), Heats.of(EIGHT, 500, 100_000));
    assertEquals(List.of(EIGHT), Heats.of(EIGHT, 0, 0));
  }

  @Test
  void dividedEvenlyWhereItDoesNot() {
    assertEquals(
        List.of(List.of(1, 2), List.of(3, 4, 5), List.of(6, 7, 8)), Heats.of(EIGHT, 100, 500));
  }

  @Test
  void oneByOneAtWorst() {
    assertEquals(8, Heats.of(EIGHT, 1_000, 10).size());
  }

  @Test
  void baselineAlone() {
    assertEquals(List.of(List.of()), Heats.of(List.of(), 100, 500));
  }
}
