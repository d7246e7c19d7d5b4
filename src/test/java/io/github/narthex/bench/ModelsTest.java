package io.github.narthex.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ModelsTest {
  private static final long NANOS_PER_S = 1_000_000_000L;

  private final List<Long> shares = new ArrayList<>();
  private final List<String> progress = new ArrayList<>();
  private long now;

  private static BenchTask task(String model) {
    return new BenchTask(
        model, List.of(), null, List.of("freeze"), 0, 2, "cpu", 0.02, 0, Effort.DEFAULT);
  }

  private static List<Models.Entry> entries(int count) {
    return IntStream.range(0, count).mapToObj(i -> new Models.Entry(task("m" + i), null)).toList();
  }

  /** Each model takes that many seconds. */
  private ModelsResult run(List<Models.Entry> entries, int seconds) {
    return new Models(
            entries,
            (task, part) -> {
              shares.add(task.effort().budget().toSeconds());
              part.update("half", 0.5);
              now += seconds * NANOS_PER_S;
              throw new WorkerFailure(Status.FAILED, "no");
            },
            () -> now)
        .run((what, fraction) -> progress.add("%s %.2f".formatted(what, fraction)));
  }

  @Test
  void fewModelsHaveTheTimeThatOneHasAlone() {
    assertEquals(2, run(entries(2), 100).rows().size());
    assertEquals(List.of(105L, 105L), shares);
    assertEquals(List.of("m0: half 0.25", "m1: half 0.75", "done 1.00"), progress);
    assertEquals(Duration.ofSeconds(210), Models.longest(entries(2)));
  }

  @Test
  void whatOneDoesNotNeedGoesToTheOthers() {
    var _ = run(entries(10), 30);
    assertEquals(60, shares.getFirst());
    assertTrue(shares.get(5) > 60, shares.toString());
    assertEquals(105, shares.getLast());
  }

  @Test
  void eachHasEnoughForItsRecipes() {
    var _ = run(entries(100), 60);
    assertEquals(12, shares.getLast());
  }

  @Test
  void aModelThatFailsIsARow() {
    List<Models.Entry> entries =
        List.of(new Models.Entry(task("a"), "a is no model"), new Models.Entry(task("b"), null));
    ModelsResult result = run(entries, 1);
    assertEquals(
        List.of("a failed a is no model", "b failed no"),
        result.rows().stream()
            .map(row -> "%s %s %s".formatted(row.task().model(), row.status(), row.reason()))
            .toList());
    assertEquals(1, shares.size());
    assertEquals(List.of("nothing was measured"), result.stability().reasons());
  }

  @Test
  void whatBefallsAllEndsIt() {
    WorkerFailure failure =
        new WorkerFailure(
            new Protocol.Failure(Status.FAILED, "NativeLibraryException", "no libtorch", ""));
    Models models =
        new Models(
            entries(2),
            (task, part) -> {
              throw failure;
            },
            () -> now);
    assertEquals(
        failure, assertThrows(WorkerFailure.class, () -> models.run((what, fraction) -> {})));
  }
}
