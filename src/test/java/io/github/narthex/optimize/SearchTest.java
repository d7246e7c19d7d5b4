package io.github.narthex.optimize;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.Device;
import io.github.narthex.bench.Candidate;
import io.github.narthex.bench.Status;
import io.github.narthex.bench.WorkerFailure;
import io.github.narthex.strategy.Threads;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The search on a simulated machine. */
class SearchTest {
  private static final Candidate BASELINE = new Candidate("eager", Threads.of(2), 1);
  private static final double MAX_ERROR = 0.02;

  private final List<String> said = new ArrayList<>();
  private final SimulatedLab lab = new SimulatedLab(BASELINE, 1);
  private Goal goal = Goal.LATENCY;
  private Limits limits = Limits.NONE;
  private Duration budget = Duration.ofMinutes(2);
  private boolean isGoalGiven = true;
  private double maxError = MAX_ERROR;
  private @Nullable Double minAgreement;

  private Search.Outcome search(SimulatedLab in) {
    OptimizeTask task =
        new OptimizeTask(
            "m.pt",
            List.of(),
            null,
            goal,
            limits,
            maxError,
            minAgreement,
            List.of(),
            List.of(Device.CPU),
            List.of(),
            budget,
            0);
    in.maxError = maxError;
    List<String> recipes = new ArrayList<>(in.costs.keySet());
    recipes.remove("eager");
    recipes.removeIf(recipe -> recipe.contains("max-error"));
    return new Search(
            in,
            new Search.Plan(
                task,
                BASELINE,
                recipes,
                List.of(Threads.of(1), new Threads(1, 2)),
                List.of(),
                isGoalGiven,
                in.nanoTime() + budget.toNanos(),
                budget.toNanos(),
                Path.of("/nowhere")),
            new AccuracyGate(maxError, minAgreement),
            said::add)
        .run();
  }

  private Search.Outcome search() {
    return search(lab);
  }

  private static String chosen(Search.Outcome outcome) {
    return outcome.board().chosen().orElseThrow().candidate().recipe();
  }

  @Test
  void findsTheFastest() {
    lab.with("freeze", 9);
    lab.with("onednn-graph", 6);
    lab.with("onednn-graph+bf16", 3);
    lab.with("prepack", 6.5);

    Search.Outcome outcome = search();

    assertEquals("onednn-graph+bf16", chosen(outcome));
    assertTrue(outcome.stopped().contains("clear"), outcome.stopped());
    assertTrue(lab.alive.size() <= 4);
    assertTrue(lab.nanoTime() < budget.toNanos());
  }

  /**
   * Over many machines, what is chosen is what would be found by measuring all of them for ever.
   */
  @Test
  void picksWhatExhaustiveSearchWouldPick() {
    Random random = new Random(7);
    int same = 0;
    for (int machine = 0; machine < 200; machine++) {
      SimulatedLab other = new SimulatedLab(BASELINE, machine);
      for (int i = 0; i < 8; i++) {
        other.with("freeze+r" + i, 1 + 11 * random.nextDouble());
      }
      Search.Outcome outcome = search(other);
      Candidate best =
          other.costs.keySet().stream()
              .map(recipe -> new Candidate(recipe, Threads.of(2), 1))
              .min(Comparator.comparingDouble(other::trueMs))
              .orElseThrow();
      Candidate found = outcome.board().chosen().orElseThrow().candidate();
      double loss = other.trueMs(found) / other.trueMs(best);
      assertTrue(loss < 1.04, "machine %d: %s is %.3f of %s".formatted(machine, found, loss, best));
      same += found.equals(best) ? 1 : 0;
    }
    assertTrue(same > 170, same + " of 200 are the very best");
  }

  @Test
  void noiseHasNoWinner() {
    lab.noise = 0.05;
    lab.with("freeze", 9.95);
    lab.with("prepack", 10.02);

    assertEquals("eager", chosen(search()));
  }

  @Test
  void wrongAnswersAreNotChosen() {
    lab.with("freeze", 9);
    lab.with("bf16", 2).error = 0.03;

    Search.Outcome outcome = search();

    assertEquals("freeze", chosen(outcome));
    assertTrue(said.stream().anyMatch(line -> line.contains("bf16") && line.contains("off by")));
  }

  @Test
  void layersStayWhereAnswersAreOff() {
    lab.with("freeze", 9);
    lab.with("static-int8", 2).error = 0.2;
    lab.with("static-int8:max-error=0.016", 4).error = 0.015;

    assertEquals("static-int8:max-error=0.016", chosen(search()));
  }

  @Test
  void layersDoNotStayWhereItWouldNotWin() {
    lab.with("freeze", 2);
    lab.with("static-int8", 3).error = 0.2;
    lab.with("static-int8:max-error=0.016", 1).enterS = 60;

    assertEquals("freeze", chosen(search()));
    assertFalse(lab.requests.toString().contains("max-error"));
  }

  @Test
  void crashesAreRows() {
    lab.with("freeze", 9);
    lab.with("prepack", 1).status = Status.CRASHED;
    lab.with("onednn-graph", 3).crashesAfterRounds = 5;
    lab.with("bf16", 2).status = Status.OUT_OF_MEMORY;

    Search.Outcome outcome = search();

    assertEquals("freeze", chosen(outcome));
    Trial crashed =
        outcome.board().trials().stream()
            .filter(trial -> trial.candidate().recipe().equals("onednn-graph"))
            .findFirst()
            .orElseThrow();
    assertEquals(Status.CRASHED, crashed.measurement().status());
    assertFalse(crashed.holds());
    assertEquals(
        5,
        outcome.board().trials().stream()
            .map(trial -> trial.candidate().recipe())
            .distinct()
            .count());
  }

  @Test
  void baselineThatDoesNotRunIsAnError() {
    lab.with("eager", 10).status = Status.CRASHED;
    var e = assertThrows(WorkerFailure.class, this::search);
    assertEquals(Status.CRASHED, e.status());
  }

  @Test
  void whatCanNotBeSavedIsNotChosen() {
    lab.with("freeze", 9);
    lab.with("optimize-for-inference", 2).fileBytes = -1;

    Search.Outcome outcome = search();

    assertEquals("freeze", chosen(outcome));
    assertTrue(
        outcome.board().trials().get(2).outcome().startsWith("can't be saved"),
        outcome.board().trials().toString());
  }

  @Test
  void throughputFindsInstancesAndBatch() {
    goal = Goal.THROUGHPUT;
    // Larger batches pay, and only there it shows which recipe is ahead.
    lab.with("eager", 10).fixedMs = 8;
    SimulatedLab.Costs costs = lab.with("freeze", 4);
    costs.fixedMs = 8;
    costs.contention = 0;
    lab.with("prepack", 9);

    Candidate found = search().board().chosen().orElseThrow().candidate();

    assertEquals("freeze", found.recipe());
    assertEquals(new Threads(1, 2), found.threads());
    assertTrue(found.batch() >= 32, found.toString());
    Candidate best = new Candidate("freeze", new Threads(1, 2), 256);
    assertTrue(lab.trueItemsPerS(found) > 0.93 * lab.trueItemsPerS(best));
  }

  @Test
  void limitBoundsTheBatch() {
    goal = Goal.THROUGHPUT;
    limits = new Limits(99, 40.0, null, null);
    SimulatedLab.Costs costs = lab.with("freeze", 4);
    costs.fixedMs = 8;

    Candidate found = search().board().chosen().orElseThrow().candidate();

    assertTrue(lab.trueMs(found) * 1.2 <= 40, found + ": " + lab.trueMs(found));
    assertTrue(found.batch() > 1);
  }

  @Test
  void targetThatIsMetNeedsNoSearch() {
    isGoalGiven = false;
    limits = new Limits(99, 50.0, null, null);
    lab.with("freeze", 2);

    Search.Outcome outcome = search();

    assertEquals("eager", chosen(outcome));
    assertTrue(outcome.stopped().contains("as it is"), outcome.stopped());
    assertFalse(lab.requests.toString().contains("freeze"));
  }

  @Test
  void impossibleLimitHasNoChoice() {
    limits = new Limits(99, 0.001, null, null);
    lab.with("freeze", 2);

    Search.Outcome outcome = search();

    assertTrue(outcome.board().chosen().isEmpty());
    assertEquals("freeze", outcome.board().ranking().getFirst().candidate().recipe());
  }

  @Test
  void smallestAndLeastMemory() {
    lab.with("freeze", 9).peakBytes = 300_000_000;
    lab.with("dynamic-int8", 12).fileBytes = 25_000_000;
    goal = Goal.SIZE;
    assertEquals("dynamic-int8", chosen(search()));
    goal = Goal.MEMORY;
    assertEquals("freeze", chosen(search()));
  }

  @Test
  void championsAreForEachGoal() {
    lab.with("freeze", 2);
    lab.with("dynamic-int8", 12).fileBytes = 25_000_000;
    lab.with("bf16", 11).peakBytes = 100_000_000;

    var champions = search().board().champions();

    assertEquals("freeze", Objects.requireNonNull(champions.get(Goal.LATENCY)).recipe());
    assertEquals("dynamic-int8", Objects.requireNonNull(champions.get(Goal.SIZE)).recipe());
    assertEquals("bf16", Objects.requireNonNull(champions.get(Goal.MEMORY)).recipe());
  }

  @Test
  void agreementIsAGate() {
    lab.with("freeze", 9);
    lab.with("bf16", 2).agreement = 0.99;
    minAgreement = 0.995;

    assertEquals("freeze", chosen(search()));
    assertEquals(1000, AccuracyGate.samplesNeeded(0.999));
    assertEquals(200, AccuracyGate.samplesNeeded(0.995));
  }

  @Test
  void timeOverLeavesTheRestAndSaysSo() {
    budget = Duration.ofSeconds(20);
    for (int i = 0; i < 20; i++) {
      lab.with("freeze+r" + i, 8);
    }

    Search.Outcome outcome = search();

    assertTrue(outcome.stopped().contains("not tried"), outcome.stopped());
    assertTrue(lab.nanoTime() < 30e9, lab.nanoTime() / 1e9 + " s");
    assertTrue(outcome.board().chosen().isPresent());
  }

  @Test
  void littleRoomIsEnough() {
    lab.room = 1;
    lab.with("freeze", 9);
    lab.with("prepack", 5);
    lab.with("onednn-graph", 5.5);

    assertEquals("prepack", chosen(search()));
    assertTrue(lab.mostAlive <= 2, lab.mostAlive + " at once");
  }

  @Test
  void recipesThatAreDroppedAreTold() {
    lab.with("freeze", 2);
    lab.with("prepack", 8);

    Search.Outcome outcome = search();

    Trial dropped = outcome.board().trials().get(2);
    assertTrue(dropped.outcome().startsWith("dropped"), dropped.outcome());
    assertTrue(outcome.board().trials().get(1).isFront());
  }
}
