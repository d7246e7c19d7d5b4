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

/** What is measured of services whose behaviour is known. */
class LoadTest {
  private static double p99(Outcome outcome) {
    return outcome.latencyOfAll().quantile(0.99) / 1e6;
  }

  private static Outcome open(double perS, long duration, int servers, LongUnaryOperator service) {
    return Simulation.run(new Plan.Open(perS, Arrivals.POISSON, duration, 1), servers, service);
  }

  private static Outcome constant(double perS, long duration, LongUnaryOperator service) {
    return Simulation.run(new Plan.Open(perS, Arrivals.CONSTANT, duration, 1), 1, service);
  }

  /** Takes 1 ms, but what is begun from 5 s on is done at 6 s. */
  private static long stalling(long at) {
    return at >= 5 * S && at < 6 * S ? 6 * S - at + MS : MS;
  }

  @Test
  void aStallIsSeenByAllThatItKeepsWaiting() {
    Outcome open = constant(500, 20 * S, LoadTest::stalling);
    Outcome closed = Simulation.run(new Plan.Closed(1, 20 * S), 1, LoadTest::stalling);

    // 500 come during the stall, and 500 more until they are worked off: the last tenth.
    assertEquals(1000, open.latency().countAbove(1.5 * MS), 10);
    assertEquals(900, p99(open), 20);
    assertEquals(1000, open.latency().maxMs(), 3);
    // The one caller stood still as well, and asked nothing that would have been slow.
    assertEquals(1, closed.latency().countAbove(1.5 * MS), 1e-9);
    assertEquals(1, p99(closed), 0.01);
    assertFalse(open.overloaded());
  }

  @Test
  void callersAreThroughputTimesLatency() {
    for (int callers : new int[] {1, 2, 3, 7, 20}) {
      for (int servers : new int[] {1, 2, 4}) {
        Outcome outcome =
            Simulation.run(
                new Plan.Closed(callers, 60 * S), servers, Simulation.random(3 * MS, callers));
        double inside = outcome.achievedPerS() * outcome.latency().meanMs() / 1e3;
        assertEquals(callers, inside, 0.01 * callers, callers + " on " + servers);
        double busy = Math.min(1.0, callers / (double) servers);
        assertEquals(busy, outcome.busy(), 0.01);
        assertEquals(busy * servers / 3e-3, outcome.achievedPerS(), 0.03 * servers / 3e-3);
        assertEquals(
            outcome.latency().meanMs() - outcome.service().meanMs(), outcome.meanWaitMs(), 1e-9);
        assertEquals(0, outcome.unanswered().count());
      }
    }
  }

  /** One server whose work and arrivals are exponential: what theory says of it is exact. */
  @Test
  void openLoopIsWhatQueueingTheorySays() {
    double perS = 600;
    Outcome outcome = open(perS, 600 * S, 1, Simulation.random(MS, 3));
    double meanMs = 1e3 / (1000 - perS);
    assertEquals(meanMs, outcome.latency().meanMs(), 0.03 * meanMs);
    assertEquals(meanMs * Math.log(2), outcome.latency().quantile(0.5) / 1e6, 0.03 * meanMs);
    assertEquals(meanMs * Math.log(100), p99(outcome), 0.05 * meanMs * Math.log(100));
    assertEquals(0.6, outcome.busy(), 0.01);
    assertEquals(meanMs - 1, outcome.meanWaitMs(), 0.05 * meanMs);
    // Little's law: rate times time is how many there are, 1.5 here.
    assertEquals(1.5, outcome.achievedPerS() * outcome.latency().meanMs() / 1e3, 0.06);
    assertFalse(outcome.overloaded());
  }

  @Test
  void overloadIsSeenAndNothingIsDropped() {
    Outcome outcome = constant(2000, 10 * S, at -> MS);

    assertTrue(outcome.overloaded());
    assertEquals(2000, outcome.offeredPerS(), 1e-9);
    assertEquals(1000, outcome.achievedPerS(), 1);
    assertEquals(20_000, outcome.asked());
    // Half of them by the end, and a quarter in the half of the time that follows.
    assertEquals(10_000, (double) outcome.backlog(), 2);
    assertEquals(15_000, (double) outcome.latency().count(), 2);
    assertEquals(5_000, (double) outcome.unanswered().count(), 2);
    // The last came at 10 s, the end was at 15 s; and the first of them came at 7.5 s.
    assertEquals(5_000, outcome.unanswered().minMs(), 3);
    assertEquals(7_500, outcome.unanswered().maxMs(), 3);
    assertTrue(p99(outcome) > 7_000, () -> "p99 " + p99(outcome));
  }

  @Test
  void aLittleTooMuchIsOverloadWhenItLasts() {
    assertTrue(constant(1100, 10 * S, at -> MS).overloaded());
    assertFalse(constant(990, 10 * S, at -> MS).overloaded());
    // Chance alone makes queues.
    for (long seed = 0; seed < 20; seed++) {
      Outcome outcome = open(800, 10 * S, 1, Simulation.random(MS, seed));
      assertFalse(outcome.overloaded(), "seed " + seed);
    }
    assertTrue(open(1200, 10 * S, 1, Simulation.random(MS, 1)).overloaded());
  }

  @Test
  void requestsAreServedFirstComeFirstServed() {
    List<Long> started = new ArrayList<>();
    Outcome outcome =
        open(
            900,
            S,
            3,
            at -> {
              started.add(at);
              return 3 * MS;
            });
    assertEquals(started.stream().sorted().toList(), started);
    assertEquals(started.size(), outcome.asked());
    assertEquals(3, outcome.service().meanMs(), 1e-9);
  }

  @Test
  void aQueryEndsWithItsLastSample() {
    // Eight samples on three servers are three waves.
    Outcome outcome = Simulation.run(new Plan.Queries(8, Long.MAX_VALUE, S), 3, at -> 10 * MS);
    assertEquals(34, outcome.asked());
    assertEquals(30, outcome.latency().minMs(), 0.1);
    assertEquals(30, outcome.latency().maxMs(), 0.1);
    assertEquals(8 * 34, outcome.service().count());
    assertEquals(8 / 0.030, outcome.achievedPerS(), 0.1);
    assertEquals(8 / 9.0, outcome.busy(), 0.001);
  }

  @Test
  void allAtOnceIsOneQuery() {
    Outcome outcome = Simulation.run(new Plan.Queries(1000, 1, S), 4, at -> 10 * MS);
    assertEquals(1, outcome.asked());
    assertEquals(2500, outcome.latency().maxMs(), 1e-9);
    assertEquals(400, outcome.achievedPerS(), 1e-9);
  }
}
