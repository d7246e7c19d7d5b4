package io.github.narthex.optimize;

import io.github.narthex.bench.Environment;
import io.github.narthex.bench.Measurement;
import io.github.narthex.bench.ModelInfo;
import io.github.narthex.bench.Stability;
import io.github.narthex.bench.Workload;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * All that a search has to say.
 *
 * @param task what was asked for
 * @param inputs of the baseline, in their order
 * @param data the samples that answers were compared over; empty if these were made up
 * @param trials in the order in which they were begun, the baseline first
 * @param chosen the position of the trial that is deployed; empty if none holds and keeps to the
 *     limits
 * @param champions for each goal the position of the trial that is best for it; without goals for
 *     which nothing is known
 * @param verdict what to do and how sure that is, in one sentence
 * @param stopped why the search ended, in one sentence
 * @param reasons what the chosen trial changed, a sentence each
 * @param advice what else could be done, a sentence each
 * @param elapsed the time that it took, with what an interrupted search took before
 */
public record OptimizeResult(
    Environment environment,
    ModelInfo model,
    OptimizeTask task,
    List<String> inputs,
    Optional<Workload.Data> data,
    List<Trial> trials,
    Optional<Integer> chosen,
    Map<Goal, Integer> champions,
    String verdict,
    String stopped,
    List<String> reasons,
    List<String> advice,
    Duration elapsed) {
  /** The collections are copied. */
  public OptimizeResult {
    inputs = List.copyOf(inputs);
    trials = List.copyOf(trials);
    champions = Map.copyOf(champions);
    reasons = List.copyOf(reasons);
    advice = List.copyOf(advice);
  }

  /** The trial of the model as it is. */
  public Trial baseline() {
    return trials.getFirst();
  }

  /** The trial that is deployed. */
  public Optional<Trial> chosenTrial() {
    return chosen.map(trials::get);
  }

  /**
   * Whether the figures that the verdict is about were stable: those of the baseline and the trial.
   */
  public Stability stability() {
    List<Measurement> rows =
        Stream.concat(Stream.of(baseline()), chosenTrial().stream())
            .map(Trial::measurement)
            .distinct()
            .toList();
    return Stability.of(rows, environment.processors());
  }
}
