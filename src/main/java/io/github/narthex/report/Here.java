package io.github.narthex.report;

import io.github.narthex.bench.BenchResult;
import io.github.narthex.bench.Latency;
import io.github.narthex.bench.Measurement;
import io.github.narthex.bench.Status;
import io.github.narthex.strategy.Machine;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a machine and a model, to compare claims with.
 *
 * @param result measurements of {@link Claim#recipes}
 * @param operators of the model's code
 * @param sizes of the model, as it is and in 8 bits; null if no recipe for that ran
 */
public record Here(
    Machine machine, BenchResult result, Set<String> operators, @Nullable Sizes sizes) {
  /**
   * The sizes of a model, as it is and after a recipe.
   *
   * @param recipe its text
   * @param before with its file
   * @param after with its file
   */
  public record Sizes(String recipe, ModelSize before, ModelSize after) {
    /** How many times as small the file is; empty if one has none. */
    OptionalDouble ratio() {
      Long large = before.fileBytes();
      Long small = after.fileBytes();
      return large == null || small == null
          ? OptionalDouble.empty()
          : OptionalDouble.of((double) large / small);
    }
  }

  /** The set is copied. */
  public Here {
    operators = Set.copyOf(operators);
  }

  /** The same with sizes. */
  public Here with(Sizes known) {
    return new Here(machine, result, operators, known);
  }

  /** The rows of these recipes that were timed beside the baseline, the fastest first. */
  public List<Measurement> timed(List<String> recipes) {
    return recipes.stream()
        .flatMap(recipe -> row(recipe).stream())
        .filter(row -> row.latency() != null && row.speedUp() != null)
        .sorted((a, b) -> Double.compare(speed(b), speed(a)))
        .toList();
  }

  /** The fastest of all whose answers hold. */
  Optional<Measurement> fastest() {
    return timed(result.results().stream().map(Measurement::recipe).toList()).stream()
        .filter(row -> row.status() == Status.OK)
        .findFirst();
  }

  Optional<Measurement> row(String recipe) {
    return result.results().stream().filter(row -> row.recipe().equals(recipe)).findFirst();
  }

  static double speed(Measurement row) {
    var speedUp = row.speedUp();
    return speedUp == null ? Double.NaN : speedUp.ratio();
  }

  /** How long the baseline takes; empty if it did not run. */
  Optional<Double> baselineMs() {
    Latency latency = result.results().getFirst().latency();
    return latency == null ? Optional.empty() : Optional.of(latency.p50Ms());
  }

  boolean hasAny(String... flags) {
    return Stream.of(flags).anyMatch(machine::hasCpuFlag);
  }

  boolean hasConvolutions() {
    return operators.stream().anyMatch(operator -> operator.contains("conv"));
  }
}
