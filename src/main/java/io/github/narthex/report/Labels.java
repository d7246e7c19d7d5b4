package io.github.narthex.report;

import io.github.narthex.strategy.Threads;
import java.util.List;

/** Of threads and batch what is not the same in all rows. */
final class Labels {
  private final boolean hasThreads;
  private final boolean hasBatch;

  /** For rows with these threads and batches. */
  Labels(List<Threads> threads, List<Long> batches) {
    hasThreads = threads.stream().distinct().count() > 1;
    hasBatch = batches.stream().distinct().count() > 1;
  }

  /** What tells a row apart from others of the same recipe; empty if nothing does. */
  String of(Threads threads, long batch) {
    String text = hasThreads ? threads + (threads.total() == 1 ? " thread" : " threads") : "";
    return hasBatch ? text + (text.isEmpty() ? "" : ", ") + "batch " + batch : text;
  }
}
