package io.github.narthex.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SloTest {
  @Test
  void texts() {
    assertEquals(new Slo(Percentile.P99, 20), Slo.parse("p99=20ms"));
    assertEquals(new Slo(Percentile.P90, 0.5), Slo.parse("P90 < 500us"));
    assertEquals(new Slo(Percentile.P50, 1500), Slo.parse("p50=1.5s"));
    assertEquals("p99=20ms", Slo.parse("p99=20ms").toString());
    assertEquals(Slo.parse("p95=0.25ms"), Slo.parse(Slo.parse("p95=250us").toString()));
    for (String bad : new String[] {"20ms", "p99=20", "p98=20ms", "p99=0ms", "p99=-1ms", ""}) {
      assertEquals(
          "expected p50, p90, p95 or p99, and a time above 0 in us, ms or s, such as p99=20ms",
          assertThrows(IllegalArgumentException.class, () -> Slo.parse(bad)).getMessage());
    }
  }

  @Test
  void keptWhereSoManyAreInTime() {
    // 1000 requests, of which so many take 30 ms, far apart from each other.
    for (int slow : new int[] {9, 11}) {
      Outcome outcome =
          Simulation.run(
              new Plan.Open(10, Arrivals.CONSTANT, 100 * Simulation.S, 0),
              1,
              at ->
                  at / Simulation.S < slow && at % Simulation.S < 60 * Simulation.MS
                      ? 30 * Simulation.MS
                      : Simulation.MS);
      assertEquals(slow == 9, Slo.parse("p99=20ms").isKept(outcome));
      assertTrue(Slo.parse("p99=40ms").isKept(outcome));
    }
  }

  @Test
  void whatHasNoAnswerIsLate() {
    Outcome outcome =
        Simulation.run(
            new Plan.Open(1100, Arrivals.CONSTANT, 2 * Simulation.S, 0),
            1,
            at -> at < 1900 * Simulation.MS ? Simulation.MS / 2 : 60 * Simulation.S);
    assertTrue(outcome.unanswered().count() > 0);
    assertTrue(outcome.latencyOfAll().maxMs() < 1e6);
    assertFalse(Slo.parse("p99=1000s").isKept(outcome));
  }

  @Test
  void tooFewProveNothing() {
    Outcome outcome =
        Simulation.run(
            new Plan.Open(100, Arrivals.CONSTANT, 2 * Simulation.S, 0), 1, at -> Simulation.MS);
    assertFalse(Slo.parse("p99=20ms").isKnown(outcome));
    assertFalse(Slo.parse("p99=20ms").isKept(outcome));
    assertTrue(Slo.parse("p95=20ms").isKept(outcome));
  }
}
