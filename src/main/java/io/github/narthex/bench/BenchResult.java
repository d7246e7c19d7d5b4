package io.github.narthex.bench;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that one run of the benchmark has to say.
 *
 * @param results one for each recipe, the baseline first
 */
public record BenchResult(
    Environment environment,
    ModelInfo model,
    Workload workload,
    List<Measurement> results,
    Recommendation recommendation) {
  /** The list is copied. */
  public BenchResult {
    results = List.copyOf(results);
  }

  /** Whether figures were the same throughout. */
  public Stability stability() {
    return Stability.of(results, environment.processors());
  }

  /** The measurement of the recommended recipe. */
  public @Nullable Measurement recommended() {
    for (Measurement result : results) {
      if (result.recipe().equals(recommendation.recipe())) {
        return result;
      }
    }
    return null;
  }
}
