package io.github.narthex.load;

import static io.github.narthex.load.Simulation.MS;
import static io.github.narthex.load.Simulation.S;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;

class RateSearchTest {
  private final List<Plan> plans = new ArrayList<>();

  private RateSearch.Found find(
      String slo, Arrivals arrivals, int servers, long duration, LongUnaryOperator service) {
    return new RateSearch(
            plan -> {
              plans.add(plan);
              return Simulation.run(plan, servers, service);
            },
            Slo.parse(slo),
            arrivals,
            servers,
            duration,
            0)
        .find(1000);
  }

  /**
   * With one server, work and arrivals exponential, p99 is ln 100 over what is left of the rate.
   */
  @Test
  void findsWhatQueueingTheorySays() {
    RateSearch.Found found =
        find("p99=20ms", Arrivals.POISSON, 1, 120 * S, Simulation.random(MS, 5));
    double expected = 1000 - Math.log(100) / 0.020;
    assertTrue(found.isPossible());
    assertEquals(expected, found.perS(), 0.08 * expected);
    assertTrue(found.tooManyPerS() > found.perS());
    assertTrue(found.tooManyPerS() < 1.06 * found.perS());
    assertEquals(1000, found.capacityPerS(), 20);
    assertTrue(Slo.parse("p99=20ms").isKept(found.atBest()));
  }

  @Test
  void constantArrivalsCanFillTheServers() {
    RateSearch.Found found = find("p99=20ms", Arrivals.CONSTANT, 4, 10 * S, at -> 10 * MS);
    assertEquals(400, found.capacityPerS(), 1);
    assertTrue(found.perS() > 380 && found.perS() <= 400.5, () -> "found " + found.perS());
    assertTrue(plans.size() < 14, () -> plans.toString());
  }

  @Test
  void whatIsFoundIsConfirmedWithOtherArrivals() {
    RateSearch.Found found = find("p95=5ms", Arrivals.POISSON, 2, 30 * S, Simulation.random(MS, 5));
    List<Plan.Open> atBest =
        plans.stream()
            .filter(Plan.Open.class::isInstance)
            .map(Plan.Open.class::cast)
            .filter(plan -> plan.perS() == found.perS())
            .toList();
    assertTrue(atBest.size() > RateSearch.CONFIRMATIONS, () -> plans.toString());
    assertEquals(atBest.size(), atBest.stream().map(Plan.Open::seed).distinct().count());
  }

  @Test
  void runsAreLongEnoughForThePercentile() {
    find("p99=200ms", Arrivals.POISSON, 1, MS, at -> 10 * MS);
    for (Plan plan : plans) {
      if (plan instanceof Plan.Open open) {
        assertTrue(open.perS() * open.durationNanos() / 1e9 > 700, plan::toString);
      }
    }
  }

  @Test
  void anImpossibleBoundSaysWhatThereIs() {
    RateSearch.Found found = find("p99=5ms", Arrivals.POISSON, 2, 10 * S, at -> 10 * MS);
    assertFalse(found.isPossible());
    assertEquals(0, found.tooManyPerS());
    assertEquals(10, found.alone().latency().minMs(), 1e-9);
    assertEquals(2, plans.size());
  }

  @Test
  void aBoundThatOnlyOneAloneKeeps() {
    // With Poisson arrivals two always meet sometimes; then the second takes twice as long.
    RateSearch.Found found = find("p99=10.5ms", Arrivals.POISSON, 1, 100 * S, at -> 10 * MS);
    assertFalse(found.perS() > 5, () -> "found " + found.perS());
    assertTrue(found.tooManyPerS() > 0);
  }

  @Test
  void oneDisturbanceDoesNotDecide() {
    int[] runs = {0};
    RateSearch.Found found =
        new RateSearch(
                plan -> {
                  // Each second run at a rate stands still for a while.
                  boolean disturbed = plan instanceof Plan.Open && runs[0]++ % 5 == 0;
                  return Simulation.run(
                      plan, 1, at -> disturbed && at > S && at < 2 * S ? 2 * S - at : MS);
                },
                Slo.parse("p99=20ms"),
                Arrivals.CONSTANT,
                1,
                10 * S,
                0)
            .find(1000);
    assertTrue(found.perS() > 850, () -> "found " + found.perS());
  }
}
