package io.github.narthex.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.UnsupportedException;
import io.github.narthex.strategy.Threads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CoordinatorTest {
  private static final double MAX_ERROR = 0.02;
  private static final long PLENTY = 100_000_000_000L;
  private static final Lane.Setting SETTING = new Lane.Setting(1, new Threads(2, 1), "cpu");

  private final SimulatedWorkers workers = new SimulatedWorkers().with("eager", 50);
  private final List<String> progress = new ArrayList<>();
  private Map<String, Double> errors = Map.of();
  private int inputs = 16;
  private Workload.@Nullable Data data;
  private Conditions conditions = Conditions.USUAL;

  private Coordinator.Outcome run(Effort effort, long availableBytes, String... candidates) {
    List<String> recipes = new ArrayList<>(List.of(candidates));
    recipes.addFirst("eager");
    Protocol.Prepared prepared =
        new Protocol.Prepared(
            "m.pt",
            new ModelInfo("m", "torchscript", 1, 4, 1004, false, false, false),
            List.of("aten::conv2d"),
            List.of("1x3:float32"),
            1,
            List.of("x.npy"),
            Collections.nCopies(inputs, List.of("x.npy")),
            List.of(new Protocol.Argument("x", "float32")),
            data,
            List.of(),
            "2.15.0");
    return new Coordinator(
            new Contest.Site(workers, this::compare, () -> workers.now, () -> availableBytes),
            new Coordinator.Task(recipes, prepared, 2, conditions, MAX_ERROR, effort, "/nowhere"),
            workers.now + effort.budget().toNanos(),
            (what, fraction) -> progress.add(what))
        .run();
  }

  private Coordinator.Outcome run(String... candidates) {
    return run(Effort.DEFAULT, PLENTY, candidates);
  }

  private Accuracy compare(
      List<List<String>> reference, List<List<String>> candidate, List<Integer> labels) {
    double error = errors.getOrDefault(candidate.getFirst().getFirst(), 0.0);
    return Answers.withError(error);
  }

  private static Lane lane(Coordinator.Outcome outcome, String recipe) {
    return outcome.lanes().stream()
        .filter(lane -> lane.recipe().equals(recipe))
        .findFirst()
        .orElseThrow();
  }

  private static Measurement row(Coordinator.Outcome outcome, String recipe) {
    Lane lane = lane(outcome, recipe);
    return lane.measurement(SETTING, lane.pairs().isEmpty() ? null : SpeedUp.of(lane.pairs(), 0));
  }

  @Test
  void manySamplesLeaveTheTimeForMeasuring() {
    workers.with("freeze", 40);
    long few = timed(run("freeze"));
    inputs = 1_000; // 50 s for each recipe
    data = new Workload.Data("data", inputs, inputs, false);

    long many = timed(run("freeze"));

    assertTrue(many > few * 0.8, many + " forwards after 1,000 samples, " + few + " after 16");
  }

  private static long timed(Coordinator.Outcome outcome) {
    return lane(outcome, "freeze").samples();
  }

  @Test
  void measuresKnownLatencies() {
    workers.with("freeze", 40).with("onednn-graph", 25);

    Coordinator.Outcome outcome = run("freeze", "onednn-graph");

    Measurement fused = row(outcome, "onednn-graph");
    assertEquals(Status.OK, fused.status());
    assertEquals(25.2, Objects.requireNonNull(fused.latency()).p50Ms(), 0.2);
    assertEquals(39.7, Objects.requireNonNull(fused.throughputPerS()), 0.3);
    assertEquals(800, Objects.requireNonNull(fused.loadMs()), 0.1);
    SpeedUp speedUp = Objects.requireNonNull(fused.speedUp());
    assertEquals(2, speedUp.ratio(), 0.01);
    assertTrue(Objects.requireNonNull(speedUp.interval()).contains(2), speedUp.toString());
    assertEquals(0, workers.alive);
  }

  @Test
  void openEffortKeepsToItsBudget() {
    String[] candidates = {"a", "b", "c", "d", "e", "f", "g", "h"};
    for (String candidate : candidates) {
      workers.with(candidate, 45);
    }

    Coordinator.Outcome outcome = run(candidates);

    assertTrue(workers.now <= Effort.DEFAULT_BUDGET.toNanos(), workers.now / 1e9 + " s");
    assertTrue(workers.now >= 0.9 * Effort.DEFAULT_BUDGET.toNanos(), workers.now / 1e9 + " s");
    assertTrue(outcome.rounds() >= 10, outcome.rounds() + " rounds");
    for (String candidate : candidates) {
      assertTrue(lane(outcome, candidate).samples() >= Latency.P90_FLOOR);
    }
  }

  @Test
  void fastModelDoesNotUseUpTheBudget() {
    workers.with("eager", 0.1).with("freeze", 0.05);

    run("freeze");

    assertTrue(workers.now < 10e9, workers.now / 1e9 + " s");
  }

  @Test
  void turnsAreInterleaved() {
    workers.with("a", 40).with("b", 40).with("c", 40);

    run(new Effort(0, 24, Duration.ZERO, Effort.DEFAULT_BUDGET), PLENTY, "a", "b", "c");

    assertEquals(
        "a eager b c eager b eager c eager a", String.join(" ", workers.turns.subList(0, 10)));
  }

  /** The machine becomes slower all the time; the ratio is still right. */
  @Test
  void driftDoesNotSpoilTheRatio() {
    workers
        .with("eager", at -> (long) (50e6 * (1 + at / 100e9)))
        .with("freeze", at -> (long) (25e6 * (1 + at / 100e9)));

    SpeedUp speedUp = Objects.requireNonNull(row(run("freeze"), "freeze").speedUp());

    Interval interval = Objects.requireNonNull(speedUp.interval());
    assertTrue(interval.contains(2) && interval.high() - interval.low() < 0.1, speedUp.toString());
  }

  @Test
  void iterationsAreExact() {
    workers.with("freeze", 40);
    Coordinator.Outcome outcome =
        run(new Effort(5, 37, Duration.ZERO, Effort.DEFAULT_BUDGET), PLENTY, "freeze");

    assertEquals(37, lane(outcome, "eager").samples());
    Measurement row = row(outcome, "freeze");
    assertEquals(37, Objects.requireNonNull(row.latency()).samples());
    assertEquals(5, row.warmUp());
  }

  @Test
  void durationIsKept() {
    workers.with("freeze", 10);
    Coordinator.Outcome outcome =
        run(new Effort(0, 0, Duration.ofSeconds(3), Effort.DEFAULT_BUDGET), PLENTY, "freeze");

    double seconds =
        lane(outcome, "freeze").turns().stream().flatMapToLong(java.util.Arrays::stream).sum()
            / 1e9;
    assertEquals(3, seconds, 0.1);
  }

  @Test
  void unsteadyWarmUpIsReportedAndBounded() {
    workers.with("noisy", at -> at / 1_000_000 % 2 == 0 ? 10_300_000 : 31_000_001);

    Measurement row = row(run("noisy"), "noisy");

    assertEquals(Status.OK, row.status());
    assertNotNull(row.steady());
  }

  @Test
  void crashCostsOneRow() {
    workers.with("a", 40).with("b", 30);
    workers.fault(
        "a", Protocol.Load.class, 0, new WorkerFailure(Status.CRASHED, "SIGSEGV in x.so+0x1"));

    Coordinator.Outcome outcome = run("a", "b");

    Measurement crashed = row(outcome, "a");
    assertEquals(Status.CRASHED, crashed.status());
    assertEquals("SIGSEGV in x.so+0x1", crashed.reason());
    assertNull(crashed.latency());
    assertEquals(Status.OK, row(outcome, "b").status());
    assertEquals(0, workers.alive);
  }

  @Test
  void hangInTheMiddleCostsOneRowAndItsPatience() {
    workers.with("a", 40).with("b", 30);
    workers.fault("a", Protocol.Run.class, 2, new WorkerFailure(Status.TIMEOUT, "no answer"));

    Coordinator.Outcome outcome = run("a", "b");

    Measurement hung = row(outcome, "a");
    assertEquals(Status.TIMEOUT, hung.status());
    assertNull(hung.latency(), "figures of what hung are of no use");
    assertEquals(3, Collections.frequency(workers.turns, "a"));
    assertEquals(Status.OK, row(outcome, "b").status());
  }

  @Test
  void killedForMemoryIsARow() {
    workers.with("a", 40);
    workers.fault("a", Protocol.WarmUp.class, 0, new WorkerFailure(Status.OUT_OF_MEMORY, "killed"));

    assertEquals(Status.OUT_OF_MEMORY, row(run("a"), "a").status());
  }

  @Test
  void whatTheWorkerThrowsIsARow() {
    workers
        .with(
            "bf16",
            at -> {
              throw new UnsupportedException("this CPU has no bf16");
            })
        .with(
            "freeze",
            at -> {
              throw new IllegalStateException("two\nlines");
            });

    Coordinator.Outcome outcome = run("bf16", "freeze");

    assertEquals(Status.UNSUPPORTED, row(outcome, "bf16").status());
    assertEquals("this CPU has no bf16", row(outcome, "bf16").reason());
    assertEquals(Status.FAILED, row(outcome, "freeze").status());
    assertEquals("two lines", row(outcome, "freeze").reason());
  }

  @Test
  void whatIsHopelessIsNotStarted() {
    workers.with("a", 40).with("b", 40);
    conditions = new Conditions(1, 16, true, Map.of("a", "too large"));

    Coordinator.Outcome outcome = run("a", "b");

    assertEquals(Status.OUT_OF_MEMORY, row(outcome, "a").status());
    assertEquals("too large", row(outcome, "a").reason());
    assertTrue(workers.requests.stream().noneMatch(request -> request.startsWith("a ")));
    assertEquals(Status.OK, row(outcome, "b").status());
  }

  @Test
  void candidatesAreNotTogetherWhereTheBaselineDoesNotFit() {
    workers.with("a", 40).with("b", 40);
    workers.fault(
        "eager", Protocol.Load.class, 0, new WorkerFailure(Status.OUT_OF_MEMORY, "killed"));

    Coordinator.Outcome outcome = run("a", "b");

    assertEquals(1, workers.mostAlive);
    assertEquals(Status.OK, row(outcome, "a").status());
    assertEquals(Status.OK, row(outcome, "b").status());
  }

  @Test
  void inaccurateIsMeasuredButNotRecommended() {
    workers.with("bf16", 10).with("freeze", 40);
    errors = Map.of("bf16", 0.05);

    Coordinator.Outcome outcome = run("bf16", "freeze");

    Measurement row = row(outcome, "bf16");
    assertEquals(Status.INACCURATE, row.status());
    assertEquals("off by 5 % of the largest value, the limit is 2 %", row.reason());
    assertNotNull(row.latency());
    assertEquals("freeze", Recommendation.of(outcome.lanes(), 0).recipe());
  }

  @Test
  void answersThatAreNotFiniteAreInaccurate() {
    workers.with("bf16", 10);
    errors = Map.of("bf16", Double.NaN);

    assertEquals(Status.INACCURATE, row(run("bf16"), "bf16").status());
  }

  @Test
  void withoutABaselineTheRestIsMeasured() {
    workers.with("freeze", 40);
    workers.fault(
        "eager", Protocol.Run.class, 1, new WorkerFailure(Status.CRASHED, "ended by signal 9"));

    Coordinator.Outcome outcome = run("freeze");

    assertEquals(Status.CRASHED, row(outcome, "eager").status());
    Measurement row = row(outcome, "freeze");
    assertEquals(Status.OK, row.status());
    assertNotNull(row.latency());
  }

  @Test
  void eagerAlone() {
    Coordinator.Outcome outcome = run(new Effort(0, 10, Duration.ZERO, Duration.ZERO), PLENTY);

    assertEquals(10, lane(outcome, "eager").samples());
    assertEquals("eager", Recommendation.of(outcome.lanes(), 0).recipe());
  }

  @Test
  void littleMemoryMakesHeats() {
    workers.with("a", 40).with("b", 40).with("c", 40).with("d", 40);

    Coordinator.Outcome outcome = run(Effort.DEFAULT, 1_200_000_000, "a", "b", "c", "d");

    assertEquals(3, workers.mostAlive, "eager and two others");
    for (String recipe : List.of("a", "b", "c", "d")) {
      assertEquals(Status.OK, row(outcome, recipe).status());
    }
    assertTrue(workers.now <= 1.05 * Effort.DEFAULT_BUDGET.toNanos(), workers.now / 1e9 + " s");
  }

  @Test
  void progressIsTold() {
    workers.with("freeze", 40);
    run("freeze");

    assertTrue(progress.contains("freeze: warming up"), progress.toString());
    assertTrue(progress.contains("round 1 of 12"), progress.toString());
    assertFalse(progress.isEmpty());
  }
}
