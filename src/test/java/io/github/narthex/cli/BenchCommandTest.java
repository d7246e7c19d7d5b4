package io.github.narthex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.bench.SweepTask;
import io.github.narthex.strategy.Recipe;
import io.github.narthex.strategy.ThreadPlanner;
import io.github.narthex.strategy.Threads;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What {@code bench} makes of its batches and threads. */
class BenchCommandTest {
  private static SweepTask task(String... options) {
    List<String> words = new ArrayList<>(List.of("mlp"));
    words.addAll(List.of(options));
    return BenchCommand.task(Arguments.parse(Commands.BENCH, words));
  }

  private static void assertRefused(String message, String... options) {
    assertEquals(message, assertThrows(UsageException.class, () -> task(options)).getMessage());
  }

  @Test
  void withoutListsThereIsOnePoint() {
    SweepTask task = task();
    assertEquals(1, task.points());
    assertEquals(0, task.task().batch());
    assertEquals(Runtime.getRuntime().availableProcessors(), task.task().threads());
    assertEquals(8, task("--batch", "8").task().batch());
    assertEquals(3, task("--threads", "3").task().threads());
  }

  @Test
  void lists() {
    SweepTask task = task("--batch", "8,1,8", "--threads=2,1,1x4");
    assertEquals(List.of(1L, 8L), task.batches());
    assertEquals(List.of(Threads.of(2), Threads.of(1), new Threads(1, 4)), task.threads());
  }

  @Test
  void autoIsWhatThePlannerProposes() {
    List<Threads> plans = ThreadPlanner.ofThisProcess(0).plansOfOneProcess();
    assertEquals(plans, task("--threads", "auto").threads());
    assertEquals(plans.getFirst(), task("--threads", "auto,1").threads().getFirst());
  }

  @Test
  void mistakes() {
    assertRefused(
        "bad value 'x' of --batch: expected a whole number from 1 to 2147483647", "--batch", "1,x");
    assertRefused(
        "bad value '' of --batch: expected a whole number from 1 to 2147483647", "--batch", "1,");
    assertRefused(
        "bad value '2x2' of --threads: calls on more than one thread take turns in a process, so"
            + " several instances have one thread each: 1x2",
        "--threads",
        "2x2");
    assertRefused(
        "bad value '1x' of --threads: expected a number of threads such as 2, or threads x"
            + " instances such as 1x4",
        "--threads",
        "1x");
    assertRefused(
        "bad value of --input: the batch of x.npy is in the file and can't be set",
        "--input",
        "x.npy",
        "--batch",
        "1,2");
  }

  @Test
  void announcement() {
    assertEquals(
        "3 batches x 1 setting of threads x 2 recipes: 6 rows, in about 1 min",
        BenchCommand.announcement(
            task("--batch", "1,2,4", "--threads=1", "--recipe=freeze", "--duration=1")));
    assertTrue(
        BenchCommand.announcement(task("--batch=1,2", "--iterations=3"))
            .endsWith(2 * Recipe.curated().size() + " rows, each with that many forwards"));
  }
}
