package io.github.narthex.bench;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.bench.Stability.Verdict;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class StabilityTest {
  private static final int TURNS = 12;
  private static final int FORWARDS = 20;

  private Disturbance disturbance = Disturbance.NONE;
  private boolean steady = true;

  /** A row whose forwards take {@code ms} in each turn, give or take one in a thousand. */
  private Measurement row(String recipe, int turns, IntToDoubleFunction ms) {
    Random random = new Random(recipe.hashCode());
    List<Turn> all = new ArrayList<>();
    for (int i = 0; i < turns; i++) {
      double mean = ms.applyAsDouble(i);
      long[] nanos =
          DoubleStream.generate(() -> 1e6 * mean * (1 + 0.001 * random.nextGaussian()))
              .limit(FORWARDS)
              .mapToLong(Math::round)
              .toArray();
      all.add(new Turn(nanos, Disturbance.NONE));
    }
    Latency latency =
        Latency.of(all.stream().flatMapToLong(turn -> Arrays.stream(turn.nanos())).toArray());
    return new Measurement(
        recipe,
        1,
        2,
        "cpu",
        Status.OK,
        null,
        latency,
        100.0,
        1.0,
        1.0,
        null,
        null,
        1L,
        null,
        9L,
        steady,
        disturbance,
        List.of(),
        all);
  }

  private void assertUnstable(String reason, Measurement row) {
    Stability own = Stability.of(row);
    assertEquals(Verdict.UNSTABLE, own.verdict(), own::toString);
    assertEquals(List.of(reason), own.reasons());
    boolean settled = steady;
    Disturbance disturbed = disturbance;
    steady = true;
    disturbance = Disturbance.NONE;
    Stability all = Stability.of(List.of(row("quiet", TURNS, i -> 5), row), 2);
    steady = settled;
    disturbance = disturbed;
    assertEquals(Verdict.UNSTABLE, all.verdict());
    assertEquals(List.of(reason + " (" + row.recipe() + ")"), all.reasons());
  }

  @Test
  void stable() {
    List<Measurement> rows = List.of(row("a", TURNS, i -> 10), row("b", TURNS, i -> 20));
    Stability one = Stability.of(rows.getFirst());
    assertEquals(Verdict.STABLE, one.verdict(), one::toString);
    assertTrue(requireNonNull(one.scatter()) < 0.01);
    assertTrue(requireNonNull(one.driftInterval()).contains(0));
    Stability all = Stability.of(rows, 2);
    assertEquals(Verdict.STABLE, all.verdict(), all::toString);
    assertEquals(List.of(), all.reasons());
  }

  @Test
  void scatter() {
    assertUnstable("turns scatter by 15 %", row("a", TURNS, i -> i % 2 == 0 ? 9 : 11));
  }

  @Test
  void drift() {
    Measurement rising = row("a", TURNS, i -> 10 + 0.07 * i);
    Stability stability = Stability.of(rising);
    assertEquals(0.077, requireNonNull(stability.drift()), 0.01);
    assertTrue(requireNonNull(stability.driftInterval()).low() > 0.05);
    assertUnstable("p50 rose by 7.7 % over the run", rising);
    assertEquals(
        "p50 fell by 7.7 % over the run",
        Stability.of(row("a", TURNS, i -> 10 - 0.07 * i)).reasons().getFirst());
  }

  @Test
  void aDriftThatDecidesNothingIsNone() {
    Stability stability = Stability.of(row("a", 30, i -> 10 + 0.01 * i));
    assertEquals(Verdict.STABLE, stability.verdict());
    assertTrue(requireNonNull(stability.driftInterval()).low() > 0);
  }

  @Test
  void aWarmUpThatWasTooShortShowsInTheFirstTurn() {
    Measurement late = row("a", TURNS, i -> i == 0 ? 12 : 10);
    assertEquals(Verdict.STABLE, Stability.of(late).verdict());
    steady = false;
    assertUnstable(
        "latencies had not settled when timing began", row("a", TURNS, i -> i == 0 ? 12 : 10));
    assertEquals(Verdict.STABLE, Stability.of(row("a", TURNS, i -> 10)).verdict());
  }

  /** Timed forwards take 2.4 s on two processors. */
  @Test
  void whatOthersTake() {
    disturbance = new Disturbance(48, 3, 30, 0, 0, 0, 0);
    assertUnstable(
        "garbage collection took 2.0 % of the time, in 3 pauses of 30 ms at most",
        row("a", TURNS, i -> 10));
    disturbance = new Disturbance(0, 0, 0, 480, 7, 0, 0);
    assertUnstable("the CPU quota took 20 % of the time, in 7 periods", row("a", TURNS, i -> 10));
    disturbance = new Disturbance(0, 0, 0, 0, 0, 96, 960);
    Measurement disturbed = row("a", TURNS, i -> 10);
    assertEquals(Verdict.STABLE, Stability.of(disturbed).verdict());
    assertEquals(
        List.of(
            "other processes took 20 % of the processors",
            "the hypervisor took 2.0 % of the processors"),
        Stability.of(List.of(disturbed), 2).reasons());
    assertEquals(0.22, requireNonNull(Stability.of(List.of(disturbed), 2).taken()), 0.001);
    // Linux counts in ticks of 10 ms: of so short a time nothing is known.
    assertEquals(Verdict.STABLE, Stability.of(List.of(row("a", TURNS, i -> 0.1)), 2).verdict());
  }

  @Test
  void tooFewTurns() {
    Measurement few = row("a", 4, i -> 10);
    assertEquals(Verdict.UNKNOWN, Stability.of(few).verdict());
    assertEquals(List.of("4 turns, 5 are needed"), Stability.of(few).reasons());
    assertNull(Stability.of(few).scatter());
    Stability all = Stability.of(List.of(few, row("b", TURNS, i -> 10)), 2);
    assertEquals(Verdict.UNKNOWN, all.verdict());
    assertEquals(List.of("too few turns to tell (a)"), all.reasons());
    Measurement failed = Measurement.failed("c", 1, 2, "cpu", Status.CRASHED, "SIGSEGV");
    assertEquals(
        Verdict.STABLE, Stability.of(List.of(failed, row("b", TURNS, i -> 10)), 2).verdict());
    assertEquals(List.of("nothing was measured"), Stability.of(List.of(failed), 2).reasons());
  }

  @Test
  void theWorstRowsAreNamed() {
    List<Measurement> rows = new ArrayList<>();
    for (int i = 1; i <= 5; i++) {
      double reach = 0.1 * i;
      rows.add(row("r" + i, TURNS, turn -> turn % 2 == 0 ? 1 - reach : 1 + reach));
    }
    String reason = Stability.of(rows, 2).reasons().getFirst();
    assertTrue(reason.startsWith("turns scatter by "), reason);
    assertTrue(reason.endsWith("(r5, r4, r3 and 2 more)"), reason);
  }

  @Test
  void pausesAreWatched() throws InterruptedException {
    GcPauses pauses = GcPauses.watch();
    assertEquals(0, GcPauses.unwatched().takeLongestMs());
    long deadline = System.nanoTime() + 30_000_000_000L;
    long longest = 0;
    // A collection may take less than the millisecond that can be told.
    List<byte[]> live = new ArrayList<>();
    while (longest == 0 && System.nanoTime() < deadline) {
      for (int i = 0; i < 10_000; i++) {
        live.add(new byte[64]);
      }
      System.gc();
      Thread.sleep(20);
      longest = pauses.takeLongestMs();
    }
    assertTrue(longest > 0 && live.size() >= 10_000);
  }
}
