package io.github.narthex.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PaceTest {
  private static final double MS = 1e6;

  private static double roundNanos(Pace pace, List<Pace.Runner> runners) {
    double sum = 0;
    for (int i = 0; i < runners.size(); i++) {
      Protocol.Run turn = pace.turns().get(i);
      double nanos = runners.get(i).nanos();
      sum +=
          runners.get(i).turnsPerRound()
              * (turn.settle() * nanos
                  + Math.max((double) turn.limitNanos(), turn.atLeast() * nanos));
    }
    return sum;
  }

  @Test
  void openEffortFillsTheTime() {
    List<Pace.Runner> runners = new ArrayList<>();
    runners.add(new Pace.Runner(60 * MS, 4));
    for (int i = 0; i < 8; i++) {
      runners.add(new Pace.Runner((20 + 5 * i) * MS, 1));
    }

    Pace pace = Pace.within(Duration.ofSeconds(60), runners);

    double seconds = pace.rounds() * roundNanos(pace, runners) / 1e9;
    assertTrue(seconds > 55 && seconds <= 60.1, seconds + " s");
    assertEquals(Pace.ROUNDS, Pace.within(Duration.ofSeconds(70), runners).rounds());
  }

  @Test
  void littleTimeMeansFewerRoundsRatherThanMoreSettling() {
    List<Pace.Runner> runners = List.of(new Pace.Runner(60 * MS, 1), new Pace.Runner(60 * MS, 1));

    Pace pace = Pace.within(Duration.ofSeconds(10), runners);

    assertTrue(pace.rounds() >= Pace.MIN_ROUNDS && pace.rounds() < Pace.ROUNDS, pace.toString());
    assertTrue(
        pace.turns().getFirst().limitNanos() >= 3.9 * pace.turns().getFirst().settle() * 60 * MS,
        pace.toString());
  }

  @Test
  void fastModelStopsWhenAllPercentilesAreThere() {
    List<Pace.Runner> runners = List.of(new Pace.Runner(MS, 1), new Pace.Runner(MS, 1));

    Pace pace = Pace.within(Duration.ofSeconds(60), runners);

    double samples = pace.rounds() * pace.turns().getFirst().limitNanos() / MS;
    assertTrue(samples >= Latency.P99_FLOOR && samples < 1.2 * Latency.P99_FLOOR, samples + "");
  }

  @Test
  void whatFastOnesDoNotNeedGoesToSlowOnes() {
    List<Pace.Runner> runners = List.of(new Pace.Runner(0.1 * MS, 1), new Pace.Runner(100 * MS, 1));

    Pace pace = Pace.within(Duration.ofSeconds(24), runners);

    assertTrue(pace.turns().getLast().limitNanos() > 1.5e9, pace.toString());
  }

  @Test
  void slowModelHasFewerRoundsAndShorterTurns() {
    Pace pace =
        Pace.within(
            Duration.ofSeconds(30), List.of(new Pace.Runner(2e9, 1), new Pace.Runner(2e9, 1)));

    assertEquals(Pace.MIN_ROUNDS, pace.rounds());
    assertEquals(1, pace.turns().getFirst().atLeast());
    assertEquals(1, pace.turns().getFirst().settle());
  }

  @Test
  void noTimeLeftStillMeasures() {
    Pace pace = Pace.within(Duration.ofSeconds(-3), List.of(new Pace.Runner(50 * MS, 1)));
    assertEquals(Pace.MIN_ROUNDS, pace.rounds());
    assertEquals(3, pace.turns().getFirst().atLeast());
  }

  @Test
  void iterationsAddUpExactly() {
    for (long iterations : new long[] {1, 5, 12, 100, 1001}) {
      Pace pace = Pace.ofIterations(iterations, List.of(new Pace.Runner(MS, 1)));
      long sum = 0;
      for (int round = 0; round < pace.rounds(); round++) {
        Protocol.Run turn = pace.turn(0, round);
        assertEquals(turn.atLeast(), turn.atMost());
        assertTrue(turn.atLeast() > 0);
        sum += turn.atLeast();
      }
      assertEquals(iterations, sum);
    }
  }

  @Test
  void durationIsSpreadOverRounds() {
    Pace pace = Pace.ofDuration(Duration.ofSeconds(4), List.of(new Pace.Runner(MS, 1)));
    assertEquals(10, pace.rounds());
    assertEquals(400_000_000 - 500_000, pace.turn(0, 3).limitNanos(), "less half a forward");
  }
}
