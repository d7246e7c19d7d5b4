package io.github.narthex.strategy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.Model;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ThreadPlannerTest {
  private static List<String> texts(List<Threads> plans) {
    return plans.stream().map(Threads::toString).toList();
  }

  private static ThreadPlanner planner(int cores, double quota, int reserved) {
    OptionalDouble limit = quota == 0 ? OptionalDouble.empty() : OptionalDouble.of(quota);
    return ThreadPlanner.of(new Processors(2 * cores, cores, limit), reserved);
  }

  @Test
  void fromLatencyToThroughput() {
    ThreadPlanner planner = new ThreadPlanner(8);

    assertEquals(List.of("8", "4x2", "2x4", "1x8"), texts(planner.plans()));
    assertEquals(List.of("8", "1x8"), texts(planner.plansOfOneProcess()));
    assertEquals(Threads.of(8), planner.forLatency());
    assertEquals(new Threads(1, 8), planner.forThroughput());
  }

  @Test
  void coresThatCanNotBeDividedEvenly() {
    assertEquals(List.of("7", "3x2", "2x3", "1x7"), texts(new ThreadPlanner(7).plans()));
  }

  @Test
  void oneCoreIsOnePlan() {
    assertEquals(List.of(Threads.of(1)), new ThreadPlanner(1).plans());
    assertEquals(List.of(Threads.of(1)), new ThreadPlanner(1).plansOfOneProcess());
  }

  @Test
  void neverMoreThreadsThanCores() {
    for (int cores = 1; cores <= 256; cores++) {
      ThreadPlanner planner = new ThreadPlanner(cores);
      List<Threads> plans = planner.plans();
      for (Threads plan : plans) {
        assertTrue(plan.total() <= cores, plan + " on " + cores);
      }
      assertEquals(plans.getFirst(), planner.forLatency());
      assertEquals(plans.getLast(), planner.forThroughput());
    }
  }

  @ParameterizedTest
  @CsvSource({"8,0,0,8", "8,0,3,5", "8,0,8,1", "8,0,99,1", "8,1.5,0,1", "8,4.9,1,3", "1,0,1,1"})
  void whatOthersTakeIsLeftToThem(int cores, double quota, int reserved, int expected) {
    assertEquals(expected, planner(cores, quota, reserved).cores());
  }

  @Test
  void thisProcess() {
    assertTrue(
        ThreadPlanner.ofThisProcess(0).cores() <= Runtime.getRuntime().availableProcessors());
  }

  @Test
  void badNumbers() {
    assertThrows(IllegalArgumentException.class, () -> new ThreadPlanner(0));
    assertThrows(IllegalArgumentException.class, () -> planner(2, 0, -1));
    assertThrows(IllegalArgumentException.class, () -> new Threads(0, 1));
    assertThrows(IllegalArgumentException.class, () -> new Threads(1, 0));
    assertThrows(IllegalArgumentException.class, () -> Threads.of(Model.MAX_THREADS + 1));
  }

  @Test
  void text() {
    assertEquals(Threads.of(2), Threads.parse("2"));
    assertEquals(new Threads(1, 4), Threads.parse("1x4"));
    assertEquals("1x4", new Threads(1, 4).toString());
    assertEquals("2", Threads.parse("2x1").toString());
    assertTrue(Threads.parse("1x4").fitsOneProcess());
    assertFalse(Threads.parse("2x2").fitsOneProcess());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "1x", "x2", "1x2x3", "two", "0", "-1", "1x0", "99999999999"})
  void textsThatAreNone(String text) {
    assertThrows(IllegalArgumentException.class, () -> Threads.parse(text));
  }
}
