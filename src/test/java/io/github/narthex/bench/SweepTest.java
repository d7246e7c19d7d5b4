package io.github.narthex.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.strategy.Threads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A sweep over a benchmark that is made up: an item takes 1 ms, a call 1 ms more. */
class SweepTest {
  private static final Threads ONE = Threads.of(1);
  private static final Threads TWO = Threads.of(2);
  private static final Threads SIDE_BY_SIDE = new Threads(1, 2);

  /** What was asked for: recipe, batch and threads of all that was really tried. */
  private final List<String> tried = new ArrayList<>();

  private final List<Conditions> conditions = new ArrayList<>();

  /** Recipe and batch from which on memory does not suffice. */
  private final Set<String> exhausted = new HashSet<>();

  /** Batches whose inputs can't be made, and why. */
  private @Nullable WorkerFailure unprepared;

  private long unpreparedBatch;

  private static SweepTask task(List<Long> batches, List<Threads> threads, String... recipes) {
    return new SweepTask(
        new BenchTask("m", List.of(), null, List.of(recipes), 0, 1, "cpu", 0.02, 0, Effort.DEFAULT),
        batches,
        threads);
  }

  private SweepResult run(SweepTask task) {
    return new Sweep(task, this::bench).run(Progress.SILENT);
  }

  private BenchResult bench(BenchTask task, Conditions given, Progress progress) {
    conditions.add(given);
    WorkerFailure failure = unprepared;
    boolean preparing = failure != null && failure.status() != Status.OUT_OF_MEMORY;
    if (failure != null && task.batch() == unpreparedBatch && (given.tryOut() || preparing)) {
      throw failure;
    }
    List<Measurement> rows = new ArrayList<>();
    for (String recipe : task.contestants()) {
      String hopeless = given.hopeless().get(recipe);
      if (hopeless != null) {
        rows.add(row(task, given, recipe, Status.OUT_OF_MEMORY, hopeless));
        continue;
      }
      tried.add("%s %d %d".formatted(recipe, task.batch(), task.threads()));
      boolean full = exhausted.contains(recipe + " " + task.batch());
      rows.add(
          row(
              task,
              given,
              recipe,
              full ? Status.OUT_OF_MEMORY : Status.OK,
              full ? "no memory for 8 TB" : null));
    }
    return new BenchResult(
        new Environment("", "", "", "", "", "", List.of(), 2, 2, 2, null, 1, List.of(), null, null),
        new ModelInfo("m", "TorchScript", 1, 4, 1004, false, false, false),
        new Workload(
            List.of(task.batch() + "x3"),
            task.batch(),
            task.threads(),
            "cpu",
            0,
            0.02,
            task.effort(),
            5,
            null),
        rows,
        new Recommendation(null, ""));
  }

  private static Measurement row(
      BenchTask task, Conditions given, String recipe, Status status, @Nullable String reason) {
    boolean ok = status == Status.OK;
    double ms = (1 + task.batch()) / (double) task.threads();
    Latency latency = new Latency(ms, ms, ms, null, null, null, ms, 10);
    long bytes = recipe.equals("eager") ? 200_000_000 : 300_000_000;
    return new Measurement(
        recipe,
        task.batch(),
        task.threads(),
        "cpu",
        status,
        reason,
        ok ? latency : null,
        ok ? 1000 * task.batch() * given.instances() / ms : null,
        null,
        null,
        ok ? new SpeedUp(1, null) : null,
        ok ? Answers.withError(0) : null,
        bytes,
        null,
        null,
        null,
        List.of());
  }

  private static SweepRow row(SweepResult result, String recipe, long batch, Threads threads) {
    return result.rows().stream()
        .filter(row -> row.measurement().recipe().equals(recipe))
        .filter(row -> row.measurement().batch() == batch && row.threads().equals(threads))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void everyRecipeAtEveryPoint() {
    SweepResult result = run(task(List.of(8L, 1L, 8L), List.of(ONE, TWO, ONE), "freeze"));

    assertEquals(
        List.of(
            "eager 1 1",
            "freeze 1 1",
            "eager 1 2",
            "freeze 1 2",
            "eager 8 1",
            "freeze 8 1",
            "eager 8 2",
            "freeze 8 2"),
        tried);
    assertEquals(8, result.rows().size());
    assertEquals(8, result.task().rows());
    assertEquals(List.of("8x3"), row(result, "freeze", 8, TWO).inputs());
    assertEquals(1.5, row(result, "freeze", 8, TWO).peakOfEager());
  }

  @Test
  void largerBatchesAreNotTriedOnceMemoryRanOut() {
    exhausted.add("freeze 8");
    SweepResult result = run(task(List.of(1L, 8L, 16L, 32L), List.of(ONE), "freeze", "bf16"));

    assertFalse(tried.contains("freeze 16 1"), tried.toString());
    assertTrue(tried.contains("bf16 32 1"), tried.toString());
    assertEquals("no memory for 8 TB", row(result, "freeze", 8, ONE).measurement().reason());
    Measurement skipped = row(result, "freeze", 32, ONE).measurement();
    assertEquals(Status.OUT_OF_MEMORY, skipped.status());
    assertEquals("not tried, as it ran out of memory at batch 8", skipped.reason());
    assertEquals(Status.OK, row(result, "bf16", 32, ONE).measurement().status());
  }

  /** Two sessions need more than one does. */
  @Test
  void fewerInstancesAreTriedAgain() {
    exhausted.add("freeze 8");
    run(task(List.of(8L, 16L), List.of(SIDE_BY_SIDE, ONE), "freeze"));
    assertFalse(tried.contains("freeze 16 1"), "both ran out of memory at 8: " + tried);

    tried.clear();
    exhausted.clear();
    exhausted.add("freeze 16");
    run(task(List.of(8L, 16L), List.of(ONE, SIDE_BY_SIDE), "freeze"));
    assertEquals(2, tried.stream().filter("freeze 16 1"::equals).count(), tried.toString());
  }

  @Test
  void whereNothingIsLeftToTryNothingIsStarted() {
    exhausted.add("eager 8");
    SweepResult result = run(task(List.of(1L, 8L, 16L), List.of(ONE)));

    assertEquals(2, conditions.size());
    assertEquals(Status.OUT_OF_MEMORY, row(result, "eager", 16, ONE).measurement().status());
    assertEquals("eager", result.fastest().orElseThrow().measurement().recipe());
  }

  @Test
  void modelIsTriedOutOnceOnly() {
    run(task(List.of(1L, 8L), List.of(ONE)));

    assertEquals(List.of(true, false), conditions.stream().map(Conditions::tryOut).toList());
    assertEquals(List.of(16, 2), conditions.stream().map(Conditions::accuracyInputs).toList());
  }

  @Test
  void memoryThatRunsOutBeforeTheFirstRowIsARowToo() {
    exhausted.add("eager 1");
    unprepared = new WorkerFailure(Status.OUT_OF_MEMORY, "killed");
    unpreparedBatch = 1;

    SweepResult result = run(task(List.of(1L), List.of(ONE, TWO), "bf16"));

    assertEquals(Status.OUT_OF_MEMORY, row(result, "eager", 1, ONE).measurement().status());
    assertEquals(Status.OK, row(result, "bf16", 1, ONE).measurement().status());
  }

  @Test
  void inputsThatOnlySomeBatchesFit() {
    unprepared = new WorkerFailure(Status.FAILED, "wants 8", "InputException", "");
    unpreparedBatch = 1;

    SweepResult result = run(task(List.of(1L, 8L), List.of(ONE)));

    Measurement failed = row(result, "eager", 1, ONE).measurement();
    assertEquals(Status.FAILED, failed.status());
    assertEquals("wants 8", failed.reason());
    assertNull(failed.latency());
    assertEquals(Status.OK, row(result, "eager", 8, ONE).measurement().status());
  }

  @Test
  void inputsThatFitAtNoBatchAreAnError() {
    unprepared = new WorkerFailure(Status.FAILED, "wants 8", "InputException", "");
    unpreparedBatch = 1;

    WorkerFailure failure =
        assertThrows(WorkerFailure.class, () -> run(task(List.of(1L), List.of(ONE, TWO))));

    assertEquals("wants 8", failure.reason());
    assertEquals(2, conditions.size());
  }

  @Test
  void modelThatCanNotBeLoadedEndsItAtOnce() {
    unprepared = new WorkerFailure(Status.FAILED, "damaged", "ModelLoadException", "");
    unpreparedBatch = 1;

    assertThrows(WorkerFailure.class, () -> run(task(List.of(1L, 8L), List.of(ONE))));

    assertEquals(1, conditions.size());
  }

  @Test
  void bestBatchesAndTheFront() {
    SweepResult result = run(task(List.of(1L, 8L, 64L, 128L), List.of(ONE, SIDE_BY_SIDE)));

    assertEquals(row(result, "eager", 1, ONE), result.fastest().orElseThrow());
    assertEquals(row(result, "eager", 128, SIDE_BY_SIDE), result.busiest().orElseThrow());
    BestBatch best = result.best().getFirst();
    assertEquals(1, best.latency().measurement().batch());
    assertEquals(SIDE_BY_SIDE, best.throughput().threads());
    assertEquals(64, best.paysUpTo(), "128 brings less than 1 % more");
    assertFalse(best.stillGrows());
    assertTrue(row(result, "eager", 8, SIDE_BY_SIDE).isFront());
    assertFalse(row(result, "eager", 8, ONE).isFront(), "as fast, and half as many items");
  }

  @Test
  void growthThatHasNotEnded() {
    assertTrue(run(task(List.of(1L, 2L), List.of(ONE))).best().getFirst().stillGrows());
    assertFalse(run(task(List.of(2L), List.of(ONE, TWO))).best().getFirst().stillGrows());
  }

  @Test
  void whatDoesNotHoldIsNeitherBestNorOnTheFront() {
    exhausted.add("eager 1");
    SweepResult result = run(task(List.of(1L), List.of(ONE)));

    assertTrue(result.best().isEmpty());
    assertTrue(result.fastest().isEmpty());
    assertFalse(result.rows().getFirst().isFront());
  }

  @Test
  void expectedTime() {
    SweepTask open = task(List.of(1L, 8L), List.of(ONE, TWO), "a", "b");
    assertEquals(Duration.ofMinutes(7), open.expectedTime().orElseThrow());
    List<Long> many = new ArrayList<>();
    for (long batch = 1; batch <= 50; batch++) {
      many.add(batch);
    }
    SweepTask long50 = task(many, List.of(ONE), "a", "b");
    assertEquals(Duration.ofMinutes(15), long50.expectedTime().orElseThrow());
    assertEquals(Duration.ofSeconds(18), long50.at(7, ONE).effort().budget());
    SweepTask counted =
        new SweepTask(
            new BenchTask(
                "m",
                List.of(),
                null,
                List.of(),
                0,
                1,
                "cpu",
                0.02,
                0,
                new Effort(0, 5, Duration.ZERO, Effort.DEFAULT_BUDGET)),
            List.of(1L),
            List.of(ONE));
    assertTrue(counted.expectedTime().isEmpty());
  }

  @Test
  void instancesOfSeveralThreadsAreRefused() {
    assertThrows(
        IllegalArgumentException.class, () -> task(List.of(1L), List.of(new Threads(2, 2))));
    assertThrows(IllegalArgumentException.class, () -> task(List.of(), List.of(ONE)));
  }
}
