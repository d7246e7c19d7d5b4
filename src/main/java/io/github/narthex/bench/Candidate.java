package io.github.narthex.bench;

import io.github.narthex.strategy.Threads;

/**
 * One way to run the model.
 *
 * @param recipe its text
 * @param threads intra-op threads, and calls side by side
 * @param batch the size of the inputs' dimension 0
 */
public record Candidate(String recipe, Threads threads, long batch) {
  /** How many items are done in the time of a call, by all instances. */
  public double itemsPerCall() {
    return (double) batch * threads.instances();
  }

  /** For people, such as {@code freeze+bf16, 1x2 threads, batch 8}. */
  @Override
  public String toString() {
    return "%s, %s thread%s, batch %d"
        .formatted(recipe, threads, threads.total() == 1 ? "" : "s", batch);
  }
}
