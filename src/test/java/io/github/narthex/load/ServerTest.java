package io.github.narthex.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The loop of a server, on a clock that it moves itself, and then with threads. */
@Timeout(60)
class ServerTest {
  private static final class Turning implements Clock {
    private long now = -Simulation.MS;

    @Override
    public long now() {
      return now;
    }

    @Override
    public void await(long moment) {
      now = moment + 5; // wakes a little late
    }

    @Override
    public void pause(long waited) {
      throw new AssertionError("one server never waits for others");
    }
  }

  private static Outcome run(Plan plan, LongUnaryOperator service) {
    Turning clock = new Turning();
    Load load = new Load(plan, 1, clock);
    load.serve(0, (server, request) -> clock.now += service.applyAsLong(request));
    return load.outcome();
  }

  @Test
  void theLoopDoesWhatTheSimulationDoes() {
    for (Plan plan :
        new Plan[] {
          new Plan.Closed(3, Simulation.S),
          new Plan.Open(2000, Arrivals.CONSTANT, Simulation.S, 0),
          new Plan.Queries(8, Long.MAX_VALUE, Simulation.S)
        }) {
      Outcome real = run(plan, request -> Simulation.MS);
      Outcome simulated = Simulation.run(plan, 1, at -> Simulation.MS);
      assertEquals(simulated.asked(), real.asked());
      assertEquals((double) simulated.latency().count(), (double) real.latency().count(), 1);
      assertEquals(simulated.latency().meanMs(), real.latency().meanMs(), 0.01);
      assertEquals((double) simulated.backlog(), (double) real.backlog(), 1);
    }
  }

  @Test
  void latenessOfTheGeneratorIsKnownAndCounts() {
    Outcome outcome =
        run(new Plan.Open(100, Arrivals.CONSTANT, Simulation.S, 0), request -> Simulation.MS);
    assertEquals(100, outcome.lateness().count());
    assertEquals(5, outcome.lateness().max());
    assertEquals(Simulation.MS + 5, outcome.latency().max());
  }

  @Test
  void failuresAreCountedAndTheLoadGoesOn() {
    Outcome outcome =
        run(
            new Plan.Open(100, Arrivals.CONSTANT, Simulation.S, 0),
            request -> {
              if (request % 10 == 3) {
                throw new IllegalStateException("no " + request);
              }
              return Simulation.MS;
            });
    assertEquals(10, outcome.errors());
    assertEquals("no 3", outcome.firstError());
    assertEquals(90, outcome.latency().count());
    assertEquals(100, outcome.asked());
  }

  private static Outcome onThreads(Plan plan, int servers, Service service) throws Exception {
    Load load = Load.startingAt(plan, servers, System.nanoTime() + 1_000_000);
    try (ExecutorService threads = Executors.newFixedThreadPool(servers)) {
      for (int i = 0; i < servers; i++) {
        int server = i;
        threads.execute(() -> load.serve(server, service));
      }
      threads.shutdown();
      assertTrue(threads.awaitTermination(50, TimeUnit.SECONDS));
    }
    return load.outcome();
  }

  @Test
  void threadsShareTheRequests() throws Exception {
    for (Plan plan :
        new Plan[] {
          new Plan.Closed(5, 50 * Simulation.MS),
          new Plan.Closed(2, 50 * Simulation.MS),
          new Plan.Open(20_000, Arrivals.POISSON, 50 * Simulation.MS, 0),
          new Plan.Queries(8, 500, Simulation.S),
          new Plan.Queries(5_000, 1, Simulation.S)
        }) {
      Set<Long> seen = ConcurrentHashMap.newKeySet();
      Outcome outcome =
          onThreads(
              plan, 3, (server, request) -> assertTrue(seen.add(request), "twice: " + request));
      assertEquals(0, outcome.errors());
      assertEquals(outcome.service().count(), seen.size(), plan::toString);
      assertEquals(Set.of(), missing(seen), plan::toString);
      long perAnswer = plan instanceof Plan.Queries queries ? queries.samples() : 1;
      assertEquals(outcome.service().count(), perAnswer * outcome.latency().count());
    }
  }

  private static Set<Long> missing(Set<Long> seen) {
    Set<Long> missing = ConcurrentHashMap.newKeySet();
    for (long i = 0; i < seen.size(); i++) {
      if (!seen.contains(i)) {
        missing.add(i);
      }
    }
    return missing;
  }

  @Test
  void nothingBeginsBeforeItIsDue() throws Exception {
    Plan plan = new Plan.Open(200, Arrivals.POISSON, 100 * Simulation.MS, 4);
    Schedule due = Arrivals.POISSON.at(200, 4);
    long[] dueAt = new long[1000];
    for (int i = 0; i < dueAt.length; i++) {
      dueAt[i] = due.next();
    }
    long origin = System.nanoTime() + 1_000_000;
    Load load = Load.startingAt(plan, 1, origin);
    load.serve(
        0,
        (server, request) -> {
          long at = System.nanoTime() - origin;
          assertTrue(at >= dueAt[(int) request], () -> request + " at " + at);
        });
    assertEquals(null, load.outcome().firstError());
    assertTrue(load.outcome().asked() > 5);
  }
}
