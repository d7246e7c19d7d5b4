package io.github.narthex.bench;

import java.util.Map;

/**
 * Under what conditions recipes are measured, beyond what the task says.
 *
 * @param instances how many callers each worker has, side by side
 * @param accuracyInputs how many inputs accuracy is taken over, where they are made up
 * @param tryOut whether the model is run once before all, so that a mistake is an error and not a
 *     row for each recipe
 * @param hopeless recipes that need not be tried, since memory will not suffice, and why
 */
record Conditions(int instances, int accuracyInputs, boolean tryOut, Map<String, String> hopeless) {
  /** Those of a benchmark of one workload. */
  static final Conditions USUAL = new Conditions(1, BenchTask.ACCURACY_INPUTS, true, Map.of());

  /** The map is copied. */
  Conditions {
    hopeless = Map.copyOf(hopeless);
  }
}
