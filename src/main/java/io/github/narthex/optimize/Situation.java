package io.github.narthex.optimize;

import io.github.narthex.bench.Disturbance;
import io.github.narthex.bench.Environment;
import io.github.narthex.bench.Latency;
import io.github.narthex.bench.OperatorShare;
import io.github.narthex.strategy.Machine;
import io.github.narthex.strategy.Recipe;
import io.github.narthex.strategy.Strategy;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What {@link Advice} is drawn from.
 *
 * @param trials all that were made
 * @param chosen the one that is advised on
 * @param families of the chosen one's operators
 * @param recipe the chosen one's
 */
record Situation(
    OptimizeTask task,
    Environment environment,
    Machine machine,
    List<Trial> trials,
    Trial chosen,
    Families families,
    Recipe recipe) {
  /** The list is copied. */
  Situation {
    trials = List.copyOf(trials);
  }

  static Situation of(
      OptimizeTask task,
      Environment environment,
      Machine machine,
      List<Trial> trials,
      Trial chosen) {
    return new Situation(
        task,
        environment,
        machine,
        trials,
        chosen,
        Families.of(chosen.operators()),
        Recipe.parse(chosen.candidate().recipe()));
  }

  /** What these families take of a forward together, from 0 to 1. */
  double share(Family... of) {
    return Arrays.stream(of).mapToDouble(families::share).sum();
  }

  /** What operators with one of these in their names take of a forward, from 0 to 1. */
  double shareOf(String... names) {
    return chosen.operators().stream()
        .filter(operator -> Arrays.stream(names).anyMatch(operator.name()::contains))
        .mapToDouble(OperatorShare::share)
        .sum();
  }

  /** Whether some trial, whatever came of it, had that strategy. */
  boolean wasTried(Strategy strategy) {
    return trials.stream()
        .anyMatch(trial -> Recipe.parse(trial.candidate().recipe()).has(strategy));
  }

  /** Whether the chosen recipe has one of these strategies. */
  boolean hasAny(Strategy... strategies) {
    return Arrays.stream(strategies).anyMatch(recipe::has);
  }

  /** Whether its kernels compute additions and activations along with products. */
  boolean fuses() {
    return hasAny(
        Strategy.ONEDNN_GRAPH, Strategy.PREPACK, Strategy.OPTIMIZE_FOR_INFERENCE, Strategy.COMPILE);
  }

  /** Whether the machine has one of these instruction sets. */
  boolean machineHasAny(String... flags) {
    return Arrays.stream(flags).anyMatch(machine::hasCpuFlag);
  }

  /** What a disturbance took of the time in which forwards were timed, in all trials together. */
  double disturbed(ToDoubleFunction<Disturbance> ms) {
    double lost = 0;
    double timed = 0;
    for (Trial trial : trials) {
      Latency latency = trial.measurement().latency();
      Disturbance disturbance = trial.measurement().disturbance();
      if (latency != null && disturbance != null) {
        lost += ms.applyAsDouble(disturbance);
        timed += latency.meanMs() * latency.samples() / trial.candidate().threads().instances();
      }
    }
    return timed == 0 ? 0 : lost / timed;
  }
}
