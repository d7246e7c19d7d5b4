package io.github.narthex.bench;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * All that a sweep has to say.
 *
 * @param task what was asked for
 * @param usableCores physical cores that this process may keep busy
 * @param rows by batch, then threads, then recipe, the baseline first
 */
public record SweepResult(
    Environment environment,
    ModelInfo model,
    SweepTask task,
    int usableCores,
    List<SweepRow> rows) {
  /** The rows are copied, and get their places relative to each other. */
  public SweepResult {
    List<SweepRow> all = List.copyOf(rows);
    rows = all.stream().map(row -> row.among(all)).toList();
  }

  /** Whether figures were the same throughout. */
  public Stability stability() {
    return Stability.of(
        rows.stream().map(SweepRow::measurement).toList(), environment.processors());
  }

  /** The best batches of each recipe of which a row holds. */
  public List<BestBatch> best() {
    return task.task().contestants().stream()
        .flatMap(recipe -> BestBatch.of(recipe, rows).stream())
        .toList();
  }

  /** The row with the lowest latency of those that hold. */
  public Optional<SweepRow> fastest() {
    return rows.stream().filter(SweepRow::holds).min(Comparator.comparingDouble(SweepRow::p50Ms));
  }

  /** The row with the most items a second of those that hold. */
  public Optional<SweepRow> busiest() {
    return rows.stream()
        .filter(SweepRow::holds)
        .max(Comparator.comparingDouble(SweepRow::itemsPerS));
  }
}
