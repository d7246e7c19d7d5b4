package io.github.narthex.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SteadinessTest {
  private static final long MS = 1_000_000;

  @Test
  void slowModelNeedsThreeWindowsOfThree() {
    Steadiness steadiness = new Steadiness();
    for (int i = 1; i <= 8; i++) {
      assertFalse(steadiness.add(60 * MS), "after " + i);
    }
    assertTrue(steadiness.add(60 * MS));
    assertEquals(60 * MS, steadiness.medianNanos());
  }

  @Test
  void fastModelNeedsTimeRatherThanForwards() {
    Steadiness steadiness = new Steadiness();
    int count = 0;
    while (!steadiness.add(10_000)) {
      count++;
    }
    assertTrue(count * 10_000L >= 149 * MS, count + " forwards");
  }

  @Test
  void fallingLatenciesAreNotSteady() {
    Steadiness steadiness = new Steadiness();
    for (int i = 0; i < 30; i++) {
      assertFalse(steadiness.add((long) (400 * MS * Math.pow(0.95, i))), "after " + i);
    }
  }

  @Test
  void slowFirstForwardIsForgotten() {
    Steadiness steadiness = new Steadiness();
    boolean steady = steadiness.add(5_000 * MS);
    int count = 1;
    while (!steady && count < 100) {
      steady = steadiness.add(20 * MS);
      count++;
    }
    assertTrue(steady);
    assertEquals(20 * MS, steadiness.medianNanos());
  }

  @Test
  void medianBeforeTheFirstWindow() {
    Steadiness steadiness = new Steadiness();
    assertTrue(Double.isNaN(steadiness.medianNanos()));
    steadiness.add(7);
    assertEquals(7, steadiness.medianNanos());
  }
}
