package io.github.narthex.strategy;

import io.github.narthex.Model;

/**
 * How many threads work on a model: so many calls side by side ({@code instances}), each on so many
 * threads ({@code intra}). Written {@code 4}, or {@code 1x4} for four instances of one thread.
 *
 * <p>{@code intra} is what {@link Model#withThreads} sets. An instance is a caller with a session
 * of its own; instances share the model's weights. Calls with more than one intra-op thread take
 * turns in a process, so several such instances are of use only as a process each.
 *
 * <p>There is no number of inter-op threads. libtorch has one inter-op pool for the whole process,
 * whose size can be set once, before its first use; of a model's code only TorchScript's {@code
 * fork} runs on it, and operators run there with the process's number of intra-op threads and teams
 * of their own, not with the model's. It can't be a property of one model, so it is not offered as
 * one.
 *
 * @param intra threads inside an operator, from 1
 * @param instances calls side by side, from 1
 */
public record Threads(int intra, int instances) {
  private static final String INSTANCES = "x";

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is less than 1, or more than {@link Model#MAX_THREADS}
   */
  public Threads {
    check("threads", intra);
    check("instances", instances);
  }

  /** One instance. */
  public static Threads of(int intra) {
    return new Threads(intra, 1);
  }

  /** What the step {@code threads} of a recipe asks for, on the cores of this process. */
  static Threads of(Step step) {
    ThreadPlanner planner = ThreadPlanner.ofThisProcess(Integer.parseInt(step.get("reserve")));
    String instances = step.get("instances");
    String intra = step.get("intra");
    if (intra.isEmpty() && instances.isEmpty()) {
      return step.get("goal").equals("throughput") ? planner.forThroughput() : planner.forLatency();
    }
    int callers = instances.isEmpty() ? 1 : Integer.parseInt(instances);
    // Several callers have a thread each: with more, their calls would take turns.
    int fair = callers > 1 ? 1 : planner.cores();
    return new Threads(intra.isEmpty() ? fair : Integer.parseInt(intra), callers);
  }

  /**
   * Reads {@code 4} or {@code 1x4}.
   *
   * @throws IllegalArgumentException if the text is neither, or a number is out of range
   */
  public static Threads parse(String text) {
    int at = text.indexOf(INSTANCES);
    try {
      return at < 0
          ? of(Integer.parseInt(text))
          : new Threads(
              Integer.parseInt(text.substring(0, at)), Integer.parseInt(text.substring(at + 1)));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "expected a number of threads such as 2, or threads x instances such as 1x4", e);
    }
  }

  /** The threads that compute at the same time. */
  public int total() {
    return intra * instances;
  }

  /** Whether the instances run side by side in one process, or there is only one. */
  public boolean fitsOneProcess() {
    return intra == 1 || instances == 1;
  }

  private static void check(String what, int number) {
    if (number < 1 || number > Model.MAX_THREADS) {
      throw new IllegalArgumentException(
          "%s must be from 1 to %d, got %d".formatted(what, Model.MAX_THREADS, number));
    }
  }

  /** The text that {@link #parse} reads. */
  @Override
  public String toString() {
    return instances == 1 ? Integer.toString(intra) : intra + INSTANCES + instances;
  }
}
