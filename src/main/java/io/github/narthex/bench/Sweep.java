package io.github.narthex.bench;

import io.github.narthex.strategy.Processors;
import io.github.narthex.strategy.Threads;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Runs a benchmark at each point of a sweep, one point after the other: within a point, recipes
 * have turns beside the baseline of the same batch and threads. All points at once would be fairer
 * still, but there would be no telling which of them memory does not suffice for.
 */
public final class Sweep {
  /** Without two inputs nothing is known of how answers differ. */
  private static final int LEAST_ACCURACY_INPUTS = 2;

  /** Runs the benchmark at one point. */
  interface Point {
    /**
     * The result.
     *
     * @throws WorkerFailure if the model or its inputs can't be had
     */
    BenchResult run(BenchTask task, Conditions conditions, Progress progress);
  }

  /** Where a recipe ran out of memory. */
  private record Exhausted(String recipe, long batch, int instances) {}

  private final SweepTask sweep;
  private final Point bench;
  private final List<Exhausted> exhausted = new ArrayList<>();
  private final List<SweepRow> rows = new ArrayList<>();
  private @Nullable BenchResult any;
  private @Nullable WorkerFailure failure;

  Sweep(SweepTask sweep, Point bench) {
    this.sweep = sweep;
    this.bench = bench;
  }

  /**
   * Measures all points, smaller batches first. A recipe that runs out of memory is a row, and is
   * not tried with larger batches.
   *
   * @param workerCommand starts a JVM that calls {@link WorkerMain#run}
   * @throws WorkerFailure if the model can't be loaded or its inputs do not fit, at any batch
   * @throws java.io.UncheckedIOException if processes or temporary files can't be made
   */
  public static SweepResult run(SweepTask sweep, WorkerCommand workerCommand, Progress progress) {
    return new Sweep(
            sweep, (task, conditions, part) -> Bench.run(task, conditions, workerCommand, part))
        .run(progress);
  }

  SweepResult run(Progress progress) {
    int done = 0;
    for (long batch : sweep.batches()) {
      for (Threads threads : sweep.threads()) {
        measure(batch, threads, part(progress, batch, threads, done));
        done++;
      }
    }
    progress.update("done", 1);
    BenchResult result = any;
    if (result == null) {
      throw Objects.requireNonNull(failure);
    }
    return new SweepResult(
        result.environment(),
        result.model(),
        sweep,
        Processors.ofThisProcess().usableCores(),
        rows);
  }

  private Progress part(Progress progress, long batch, Threads threads, int done) {
    String name = (batch == 0 ? "" : "batch " + batch + ", ") + "threads " + threads;
    return (what, fraction) ->
        progress.update(name + ": " + what, (done + Math.min(1, fraction)) / sweep.points());
  }

  private void measure(long batch, Threads threads, Progress progress) {
    BenchTask task = sweep.at(batch, threads);
    Map<String, String> hopeless = hopeless(batch, threads);
    if (hopeless.size() == task.contestants().size()) {
      fallen(task, threads, Status.OUT_OF_MEMORY, hopeless);
      return;
    }
    Conditions conditions =
        new Conditions(threads.instances(), accuracyInputs(batch), any == null, hopeless);
    try {
      add(task, threads, attempt(task, conditions, progress), hopeless);
    } catch (WorkerFailure e) {
      if (any == null && isFinal(e)) {
        throw e;
      }
      failure = failure == null ? e : failure;
      Map<String, String> reasons = new HashMap<>();
      task.contestants().forEach(recipe -> reasons.put(recipe, e.reason()));
      reasons.putAll(hopeless);
      fallen(task, threads, e.status(), reasons);
    }
  }

  /** Memory may suffice for some recipe where it does not for the model as it is. */
  private BenchResult attempt(BenchTask task, Conditions conditions, Progress progress) {
    try {
      return bench.run(task, conditions, progress);
    } catch (WorkerFailure e) {
      if (!conditions.tryOut() || e.status() != Status.OUT_OF_MEMORY) {
        throw e;
      }
      Conditions untried =
          new Conditions(
              conditions.instances(), conditions.accuracyInputs(), false, conditions.hopeless());
      return bench.run(task, untried, progress);
    }
  }

  /** Whether it would fail with any other batch too; only inputs of another size may fit. */
  private static boolean isFinal(WorkerFailure failure) {
    return failure.status() == Status.FAILED && !failure.kind().equals("InputException");
  }

  private void add(
      BenchTask task, Threads threads, BenchResult result, Map<String, String> hopeless) {
    any = result;
    Measurement baseline = result.results().getFirst();
    Long eager = baseline.latency() == null ? null : baseline.peakRssBytes();
    for (Measurement row : result.results()) {
      Long peak = row.peakRssBytes();
      Double ofEager =
          peak == null || eager == null || row.latency() == null ? null : peak / (double) eager;
      rows.add(
          new SweepRow(
              row,
              threads,
              result.workload().inputs(),
              result.workload().rounds(),
              ofEager,
              false));
      if (row.status() == Status.OUT_OF_MEMORY && !hopeless.containsKey(row.recipe())) {
        exhausted.add(new Exhausted(row.recipe(), task.batch(), threads.instances()));
      }
    }
  }

  /** Rows of a point at which nothing could be measured. */
  private void fallen(BenchTask task, Threads threads, Status status, Map<String, String> reasons) {
    for (String recipe : task.contestants()) {
      Measurement row =
          Measurement.failed(
              recipe, task.batch(), task.threads(), task.device(), status, reasons.get(recipe));
      rows.add(new SweepRow(row, threads, List.of(), 0, null, false));
      if (status == Status.OUT_OF_MEMORY && !hopeless(task.batch(), threads).containsKey(recipe)) {
        exhausted.add(new Exhausted(recipe, task.batch(), threads.instances()));
      }
    }
  }

  /** The recipes that ran out of memory at a smaller batch, with no more instances than now. */
  private Map<String, String> hopeless(long batch, Threads threads) {
    Map<String, String> reasons = new HashMap<>();
    for (Exhausted one : exhausted) {
      if (one.batch() < batch && one.instances() <= threads.instances()) {
        reasons.putIfAbsent(
            one.recipe(), "not tried, as it ran out of memory at batch " + one.batch());
      }
    }
    return reasons;
  }

  /** About as many items as where nothing is said of the batch. */
  private static int accuracyInputs(long batch) {
    long inputs = Math.ceilDiv(BenchTask.ACCURACY_INPUTS, Math.max(1, batch));
    return (int) Math.max(LEAST_ACCURACY_INPUTS, inputs);
  }
}
