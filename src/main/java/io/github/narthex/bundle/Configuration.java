package io.github.narthex.bundle;

import io.github.narthex.io.InputSpec;
import io.github.narthex.strategy.ThreadPlanner;
import io.github.narthex.strategy.Threads;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What people set in a {@code narthex.yaml}: how a model is run, what it is optimised for, and what
 * happens where a bundle was proven on something else. Each part may be left out, in a bundle and
 * in a file of its own, such as a {@linkplain Template template}. {@code docs/bundle.md} has all
 * keys.
 *
 * @param inputs what forward takes, in its order; empty where nothing is said
 * @param goal one of {@link #GOALS}; null where nothing is said
 * @param budget the time that a search may take; null where nothing is said
 */
public record Configuration(
    List<InputSpec> inputs,
    Run run,
    @Nullable String goal,
    Limits limits,
    Accuracy accuracy,
    @Nullable Duration budget,
    Policy policy) {
  /** What a model can be optimised for. */
  public static final List<String> GOALS = List.of("latency", "throughput", "memory", "size");

  /** Nothing is said. */
  public static final Configuration EMPTY =
      new Configuration(
          List.of(), Run.UNSET, null, Limits.NONE, Accuracy.UNSET, null, Policy.STANDARD);

  /**
   * A configuration; the list is copied.
   *
   * @throws IllegalArgumentException if the goal is none
   */
  public Configuration {
    inputs = List.copyOf(inputs);
    if (goal != null && !GOALS.contains(goal)) {
      throw new IllegalArgumentException("there is no goal '" + goal + "', only " + GOALS);
    }
  }

  /**
   * Reads a file, or the {@code narthex.yaml} of a bundle; of a bundle, what is no part of the
   * configuration is checked and left out.
   *
   * @throws ConfigurationException if it is missing, can't be read, or contradicts itself; says
   *     where
   */
  public static Configuration read(Path file) {
    return SpecReader.configuration(BundleDirectory.yamlOf(file));
  }

  /**
   * How a bundle runs its model. What is null is not set.
   *
   * @param threads inside an operator; null for what suits the machine
   * @param instances calls at the same time; null for what suits the machine
   * @param batch the most rows that requests are joined to; null or 1 to join none
   * @param maxWaitMs how long a request waits for others to be joined with
   * @param queue how many calls may wait
   */
  public record Run(
      @Nullable Integer threads,
      @Nullable Integer instances,
      @Nullable Integer batch,
      @Nullable Double maxWaitMs,
      @Nullable Integer queue) {
    /** Nothing is set. */
    public static final Run UNSET = new Run(null, null, null, null, null);

    static final int STANDARD_QUEUE = 64;

    /** Exactly so many threads and instances, without joining requests. */
    public static Run of(Threads threads) {
      return new Run(threads.intra(), threads.instances(), 1, null, null);
    }

    /**
     * The threads and instances; what is not set suits the machine: all cores for one call, or a
     * core for each of several.
     *
     * @throws IllegalArgumentException if there are several instances of several threads
     */
    public Threads plan(ThreadPlanner planner) {
      Threads plan =
          new Threads(
              threads != null ? threads : several(instances) ? 1 : planner.cores(),
              instances != null
                  ? instances
                  : threads != null && threads == 1 ? planner.cores() : 1);
      if (!plan.fitsOneProcess()) {
        throw new IllegalArgumentException(SEVERAL.formatted(plan.instances(), plan.intra()));
      }
      return plan;
    }

    static final String SEVERAL =
        "%d instances of %d threads each would take turns in a process: set one of the two to 1";

    private static boolean several(@Nullable Integer number) {
      return number != null && number > 1;
    }

    /** The most rows of a forward that requests are joined to; 1 to join none. */
    public int rows() {
      return batch == null ? 1 : batch;
    }

    /** How long a request waits for others. */
    public Duration maxWait() {
      return maxWaitMs == null ? Duration.ZERO : Duration.ofNanos(Math.round(maxWaitMs * 1e6));
    }

    /** How many calls may wait. */
    public int waiting() {
      return queue == null ? STANDARD_QUEUE : queue;
    }
  }

  /**
   * What the result keeps to. What is null is not limited.
   *
   * @param percentile of the latency that {@code latencyMs} is about: 50, 90, 95 or 99
   * @param latencyMs the most milliseconds at that percentile
   * @param minItemsPerS the fewest items a second
   * @param maxMemoryBytes the most memory at the peak
   */
  public record Limits(
      int percentile,
      @Nullable Double latencyMs,
      @Nullable Double minItemsPerS,
      @Nullable Long maxMemoryBytes) {
    /** The percentiles that there are. */
    static final List<Integer> PERCENTILES = List.of(50, 90, 95, 99);

    /** No limits. */
    public static final Limits NONE = new Limits(50, null, null, null);

    /**
     * Limits.
     *
     * @throws IllegalArgumentException if there is no such percentile
     */
    public Limits {
      if (!PERCENTILES.contains(percentile)) {
        throw new IllegalArgumentException(
            "a percentile of " + PERCENTILES + ", got " + percentile);
      }
    }
  }

  /**
   * How far answers may be off the original's. What is null is not set.
   *
   * @param maxError the largest error, as a fraction of the largest value
   * @param minAgreement the smallest share of samples with the same largest output
   */
  public record Accuracy(@Nullable Double maxError, @Nullable Double minAgreement) {
    /** Nothing is set. */
    public static final Accuracy UNSET = new Accuracy(null, null);
  }

  /**
   * What happens where a bundle is opened on something else than it was proven on.
   *
   * @param cpu another processor, or one that lacks an instruction set
   * @param gpu another GPU than that of the recipe's device
   * @param libtorch another version
   * @param model another model file
   */
  public record Policy(Reaction cpu, Reaction gpu, Reaction libtorch, Reaction model) {
    /** Another model file is refused; of the others there is a warning. */
    public static final Policy STANDARD =
        new Policy(Reaction.WARN, Reaction.WARN, Reaction.WARN, Reaction.REFUSE);
  }

  /** What to do about a difference. */
  public enum Reaction {
    /** A line of {@link System.Logger}, and the bundle is opened. */
    WARN,
    /** The bundle is not opened. */
    REFUSE,
    /** Nothing; it is not even looked for. */
    IGNORE
  }
}
