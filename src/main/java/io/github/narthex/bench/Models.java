package io.github.narthex.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Benchmarks several models, one after the other. Each gets an equal share of the time that is
 * left, so that what one does not need goes to those after it.
 */
public final class Models {
  /** The time for all models where nothing else is said. */
  private static final Duration BUDGET = Duration.ofMinutes(10);

  /** About how long a worker takes to start, load, warm up and answer; and as long for turns. */
  private static final Duration LEAST_PER_RECIPE = Duration.ofSeconds(6);

  /** What would befall every other model too. */
  private static final Set<String> BEFALLS_ALL =
      Set.of("NativeLibraryException", "UnsatisfiedLinkError");

  /** Runs the benchmark of one model. */
  interface One {
    /**
     * The result.
     *
     * @throws WorkerFailure if the model or its inputs can't be had
     */
    BenchResult run(BenchTask task, Progress progress);
  }

  /**
   * A model that is to be measured.
   *
   * @param task with the budget that it would have alone
   * @param obstacle why it need not be tried; null if nothing speaks against it
   */
  public record Entry(BenchTask task, @Nullable String obstacle) {}

  private final List<Entry> entries;
  private final One bench;
  private final LongSupplier nanoTime;

  Models(List<Entry> entries, One bench, LongSupplier nanoTime) {
    this.entries = entries;
    this.bench = bench;
    this.nanoTime = nanoTime;
  }

  /**
   * Measures all models. One that can't be loaded or does not run is a row with the reason.
   *
   * @param entries at least one
   * @param workerCommand starts a JVM that calls {@link WorkerMain#run}
   * @throws WorkerFailure if libtorch can't be used
   * @throws java.io.UncheckedIOException if processes or temporary files can't be made
   */
  public static ModelsResult run(
      List<Entry> entries, WorkerCommand workerCommand, Progress progress) {
    return new Models(
            entries, (task, part) -> Bench.run(task, workerCommand, part), System::nanoTime)
        .run(progress);
  }

  /** The longest that all models are measured, but for loading that takes its time. */
  public static Duration longest(List<Entry> entries) {
    Duration longest = Duration.ZERO;
    for (Entry entry : entries) {
      Duration share = share(entry.task(), BUDGET.dividedBy(entries.size()));
      longest = entry.obstacle() == null ? longest.plus(share) : longest;
    }
    return longest;
  }

  /** Not so little that recipes have no turns, and not more than a model alone would have. */
  private static Duration share(BenchTask task, Duration share) {
    Duration least = LEAST_PER_RECIPE.multipliedBy(task.contestants().size());
    Duration most = task.effort().budget();
    Duration wanted = share.compareTo(least) < 0 ? least : share;
    return wanted.compareTo(most) > 0 ? most : wanted;
  }

  ModelsResult run(Progress progress) {
    long deadline = nanoTime.getAsLong() + BUDGET.toNanos();
    List<ModelRow> rows = new ArrayList<>();
    for (int i = 0; i < entries.size(); i++) {
      Entry entry = entries.get(i);
      Duration left = Duration.ofNanos(deadline - nanoTime.getAsLong());
      Duration share = share(entry.task(), left.dividedBy(entries.size() - i));
      int done = i;
      rows.add(
          row(
              entry,
              share,
              (what, fraction) ->
                  progress.update(
                      entry.task().model() + ": " + what,
                      (done + Math.min(1, fraction)) / entries.size())));
    }
    progress.update("done", 1);
    return new ModelsResult(rows);
  }

  private ModelRow row(Entry entry, Duration share, Progress progress) {
    BenchTask task = entry.task();
    if (entry.obstacle() != null) {
      return new ModelRow(task, null, Status.FAILED, entry.obstacle());
    }
    try {
      BenchResult result = bench.run(task.withEffort(task.effort().within(share)), progress);
      return new ModelRow(task, result, Status.OK, null);
    } catch (WorkerFailure e) {
      if (BEFALLS_ALL.contains(e.kind())) {
        throw e;
      }
      return new ModelRow(task, null, e.status(), e.reason());
    }
  }
}
