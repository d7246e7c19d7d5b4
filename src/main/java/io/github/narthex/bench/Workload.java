package io.github.narthex.bench;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was run.
 *
 * @param inputs the inputs of the model, in their order
 * @param batch the size of dimension 0
 * @param threads intra-op threads
 * @param device for example {@code cpu}
 * @param seed of weights, inputs and statistics
 * @param maxError the largest error that is still {@code ok}, as a fraction of the largest absolute
 *     value
 * @param effort how much was to be measured
 * @param rounds how many rounds were run
 * @param data the samples that answers were compared over; null if these were made up
 */
public record Workload(
    List<String> inputs,
    long batch,
    int threads,
    String device,
    long seed,
    double maxError,
    Effort effort,
    int rounds,
    @Nullable Data data) {
  /**
   * A user's samples.
   *
   * @param directory where they are
   * @param samples how many are there
   * @param used over how many of them answers were compared
   * @param labelled whether they have labels
   */
  public record Data(String directory, int samples, int used, boolean labelled) {}

  /** The list is copied. */
  public Workload {
    inputs = List.copyOf(inputs);
  }
}
