package io.github.narthex.check;

import io.github.narthex.bundle.BundleSpec.Proven;
import io.github.narthex.strategy.Recipe;
import io.github.narthex.strategy.Threads;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What was measured of a model before it came here.
 *
 * @param taken where and when
 * @param isOfRandomWeights whether the model was a built-in that nobody has trained
 * @param peakBytes the most memory of the process; null if that is not known
 */
public record Evidence(
    Recipe recipe,
    Threads threads,
    Proven taken,
    boolean isOfRandomWeights,
    Answers answers,
    Timing timing,
    @Nullable Long peakBytes) {
  /**
   * How far answers were off those of the model without a recipe.
   *
   * @param inputs how many they were compared over; 0 if they were not compared
   * @param isReal whether these were somebody's samples; otherwise they were made up
   * @param isLabelled whether it was counted how many answers are right
   * @param maxRel the largest error, of the largest value; null if it was not finite
   * @param agreement the share with the same largest output; null if that is not known
   * @param maxError what was allowed; null if nothing was said
   */
  public record Answers(
      long inputs,
      boolean isReal,
      boolean isLabelled,
      @Nullable Double maxRel,
      @Nullable Double agreement,
      @Nullable Double maxError) {}

  /**
   * How long forwards took.
   *
   * @param forwards how many were timed
   * @param percentilesMs those that are known by so many
   * @param itemsPerS null if that is not known
   * @param doubts why the figures may not be stable; empty if they are
   */
  public record Timing(
      long forwards,
      Map<Integer, Double> percentilesMs,
      @Nullable Double itemsPerS,
      List<String> doubts) {
    /** The collections are copied. */
    public Timing {
      percentilesMs = Map.copyOf(percentilesMs);
      doubts = List.copyOf(doubts);
    }
  }
}
