package io.github.narthex.report;

import io.github.narthex.strategy.Threads;
import java.util.List;

/** Names of rows: the recipe, and of threads and batch what is not the same in all rows. */
final class Labels {
  private final boolean hasThreads;
  private final boolean hasBatch;

  /** For rows with these threads and batches. */
  Labels(List<Threads> threads, List<Long> batches) {
    hasThreads = threads.stream().distinct().count() > 1;
    hasBatch = batches.stream().distinct().count() > 1;
  }

  String of(String recipe, Threads threads, long batch) {
    String text = recipe;
    if (hasThreads) {
      text += ", " + threads + (threads.total() == 1 ? " thread" : " threads");
    }
    return hasBatch ? text + ", batch " + batch : text;
  }
}
