package io.github.narthex.bench;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * At which batch and with how many threads one recipe does best.
 *
 * @param recipe its text
 * @param latency its row with the lowest p50
 * @param throughput its row with the most items a second
 * @param paysUpTo the smallest batch that, with the threads of {@code throughput}, comes within 5 %
 *     of the most items a second: larger ones cost latency and memory for next to nothing
 * @param stillGrows whether that is the largest batch that was measured, and there were several: a
 *     larger one may do better still
 */
public record BestBatch(
    String recipe, SweepRow latency, SweepRow throughput, long paysUpTo, boolean stillGrows) {
  private static final double NEXT_TO_NOTHING = 0.05;

  /** Of a recipe's rows that hold; empty if none does. */
  static Optional<BestBatch> of(String recipe, List<SweepRow> rows) {
    List<SweepRow> measured = new ArrayList<>(rows);
    measured.removeIf(row -> !row.holds() || !row.measurement().recipe().equals(recipe));
    Optional<SweepRow> latency = measured.stream().min(Comparator.comparingDouble(SweepRow::p50Ms));
    Optional<SweepRow> throughput =
        measured.stream().max(Comparator.comparingDouble(SweepRow::itemsPerS));
    if (latency.isEmpty() || throughput.isEmpty()) {
      return Optional.empty();
    }
    SweepRow most = throughput.get();
    measured.removeIf(row -> !row.threads().equals(most.threads()));
    long paysUpTo =
        measured.stream()
            .filter(row -> row.itemsPerS() >= (1 - NEXT_TO_NOTHING) * most.itemsPerS())
            .mapToLong(BestBatch::batch)
            .min()
            .orElseThrow();
    long largest = measured.stream().mapToLong(BestBatch::batch).max().orElseThrow();
    return Optional.of(
        new BestBatch(
            recipe, latency.get(), most, paysUpTo, paysUpTo == largest && measured.size() > 1));
  }

  private static long batch(SweepRow row) {
    return row.measurement().batch();
  }
}
