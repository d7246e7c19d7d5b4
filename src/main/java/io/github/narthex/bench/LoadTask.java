package io.github.narthex.bench;

import io.github.narthex.load.Slo;
import io.github.narthex.strategy.Threads;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is to be loaded, and how.
 *
 * @param model a file, a bundle, or a built-in's name
 * @param packageOptions how it is loaded, if it is a package
 * @param inputs specifications of the model's inputs in their order; empty to guess them
 * @param data a directory of samples that requests take in turn; null to make inputs up
 * @param recipe its text
 * @param threads inside an operator, and how many requests are served at the same time, unless the
 *     recipe says something else
 * @param device for example {@code cpu}
 * @param slo a bound on latency that rows are compared with; null for none
 * @param duration of each row; zero for as long as a p99 takes, within bounds
 * @param seed of weights, inputs and arrivals
 */
public record LoadTask(
    String model,
    PackageOptions packageOptions,
    List<String> inputs,
    @Nullable String data,
    String recipe,
    Threads threads,
    String device,
    LoadMode mode,
    @Nullable Slo slo,
    Duration duration,
    long seed) {
  /** The list is copied. */
  public LoadTask {
    inputs = List.copyOf(inputs);
  }
}
