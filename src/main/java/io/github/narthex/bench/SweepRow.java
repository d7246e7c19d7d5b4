package io.github.narthex.bench;

import io.github.narthex.strategy.Threads;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A recipe at one batch and with one number of threads.
 *
 * @param measurement of one instance's latency and of all instances' throughput
 * @param threads intra-op threads and instances
 * @param inputs of the model, in their order; empty where they could not be made
 * @param rounds how many rounds were run
 * @param peakOfEager its peak memory over that of the baseline at the same point; null where either
 *     is not known
 * @param isFront whether no other row that holds has a lower p50 with as many items a second, or
 *     more items a second with as low a p50
 */
public record SweepRow(
    Measurement measurement,
    Threads threads,
    List<String> inputs,
    int rounds,
    @Nullable Double peakOfEager,
    boolean isFront)
    implements Measured {
  /** The list is copied. */
  public SweepRow {
    inputs = List.copyOf(inputs);
  }

  /** This row, with its place relative to all others. */
  SweepRow among(List<SweepRow> rows) {
    boolean front = holds() && rows.stream().noneMatch(row -> row.holds() && row.beats(this));
    return new SweepRow(measurement, threads, inputs, rounds, peakOfEager, front);
  }

  /** Whether it is better in one of latency and throughput and not worse in the other. */
  private boolean beats(SweepRow other) {
    boolean better = p50Ms() < other.p50Ms() || itemsPerS() > other.itemsPerS();
    return better && p50Ms() <= other.p50Ms() && itemsPerS() >= other.itemsPerS();
  }
}
