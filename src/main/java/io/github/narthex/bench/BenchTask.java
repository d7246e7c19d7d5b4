package io.github.narthex.bench;

import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is to be benchmarked.
 *
 * @param model a file, a bundle, or a built-in's name
 * @param packageOptions how it is loaded, if it is a package
 * @param inputs specifications of the model's inputs in their order; empty to guess them
 * @param data a directory of samples that answers are compared over, and the first of which is
 *     timed unless inputs are given; null to make inputs up
 * @param recipes recipe texts; the baseline is measured whether it is among them or not
 * @param batch the size of the inputs' dimension 0, or 0 to leave it as it is
 * @param threads intra-op threads
 * @param device where recipes run, for example {@code cpu} or {@code cpu,cuda:0}
 * @param maxError the largest error that is still {@code ok}, as a fraction of the largest value
 * @param seed of weights, inputs and statistics
 */
public record BenchTask(
    String model,
    PackageOptions packageOptions,
    List<String> inputs,
    @Nullable String data,
    List<String> recipes,
    long batch,
    int threads,
    String device,
    double maxError,
    long seed,
    Effort effort) {
  /** The recipe that others are compared with: the model as loaded. */
  public static final String BASELINE = "eager";

  /** How many inputs accuracy is taken over, where they are made up. */
  static final int ACCURACY_INPUTS = 16;

  /** The lists are copied. */
  public BenchTask {
    inputs = List.copyOf(inputs);
    recipes = List.copyOf(recipes);
  }

  /** Of a model of whose loading nothing is said. */
  public BenchTask(
      String model,
      List<String> inputs,
      @Nullable String data,
      List<String> recipes,
      long batch,
      int threads,
      String device,
      double maxError,
      long seed,
      Effort effort) {
    this(
        model,
        PackageOptions.NONE,
        inputs,
        data,
        recipes,
        batch,
        threads,
        device,
        maxError,
        seed,
        effort);
  }

  /** The same with other recipes. */
  public BenchTask withRecipes(List<String> others) {
    return with(others, batch, threads, effort);
  }

  /** The same with another effort. */
  public BenchTask withEffort(Effort other) {
    return with(recipes, batch, threads, other);
  }

  /** The same at a point of a sweep. */
  BenchTask at(long otherBatch, int otherThreads, Effort otherEffort) {
    return with(recipes, otherBatch, otherThreads, otherEffort);
  }

  private BenchTask with(
      List<String> otherRecipes, long otherBatch, int otherThreads, Effort otherEffort) {
    return new BenchTask(
        model,
        packageOptions,
        inputs,
        data,
        otherRecipes,
        otherBatch,
        otherThreads,
        device,
        maxError,
        seed,
        otherEffort);
  }

  /** The devices, which must be there. */
  List<String> devices() {
    return List.of(device.split(","));
  }

  /** All recipes, each once, the baseline first. */
  List<String> contestants() {
    LinkedHashSet<String> contestants = new LinkedHashSet<>();
    contestants.add(BASELINE);
    contestants.addAll(recipes);
    return List.copyOf(contestants);
  }
}
