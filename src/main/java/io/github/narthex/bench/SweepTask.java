package io.github.narthex.bench;

import io.github.narthex.strategy.Threads;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A benchmark over batches and threads: recipes are measured against each other at each pair of the
 * two.
 *
 * @param task what is measured; its batch and threads are replaced
 * @param batches sizes of the inputs' dimension 0, ascending and different; a single 0 leaves them
 *     as they are
 * @param threads different, each {@linkplain Threads#fitsOneProcess of one process}
 */
public record SweepTask(BenchTask task, List<Long> batches, List<Threads> threads) {
  /** The time for all points where nothing else is said. */
  static final Duration BUDGET = Duration.ofMinutes(10);

  /** About how long a worker takes to start, load, warm up and answer. */
  private static final Duration START = Duration.ofSeconds(3);

  /** What settling and the last forward of a turn add to what is timed. */
  private static final double OVERHEAD = 1.2;

  /**
   * The lists are copied.
   *
   * @throws IllegalArgumentException if there are no batches or threads, or some that do not fit
   *     one process
   */
  public SweepTask {
    batches = batches.stream().sorted().distinct().toList();
    threads = threads.stream().distinct().toList();
    if (batches.isEmpty() || threads.isEmpty()) {
      throw new IllegalArgumentException("batches and threads can't be empty");
    }
    if (!threads.stream().allMatch(Threads::fitsOneProcess)) {
      throw new IllegalArgumentException("several instances have one thread each: " + threads);
    }
  }

  /** How many pairs of batch and threads there are. */
  public int points() {
    return batches.size() * threads.size();
  }

  /** How many rows the result will have. */
  public int rows() {
    return points() * task.contestants().size();
  }

  /** About how long it will take; empty where a number of forwards is set, as those may be slow. */
  public Optional<Duration> expectedTime() {
    Effort effort = task.effort();
    if (effort.iterations() > 0) {
      return Optional.empty();
    }
    if (effort.isOpen()) {
      return Optional.of(pointBudget().multipliedBy(points()));
    }
    int recipes = task.contestants().size();
    int turns = recipes - 1 + TurnOrder.baselineTurns(recipes - 1);
    double timed = OVERHEAD * turns * effort.duration().toNanos();
    return Optional.of(
        START.multipliedBy(recipes + 1).plusNanos((long) timed).multipliedBy(points()));
  }

  /** The task at one point. */
  BenchTask at(long batch, Threads point) {
    Effort effort = task.effort();
    return task.at(
        batch,
        point.intra(),
        new Effort(effort.warmUp(), effort.iterations(), effort.duration(), pointBudget()));
  }

  /** All points get the same time: enough to start the workers and have turns as often again. */
  private Duration pointBudget() {
    Duration share = BUDGET.dividedBy(points());
    Duration least = START.multipliedBy(2L * task.contestants().size());
    Duration most = task.effort().budget();
    Duration wanted = share.compareTo(least) < 0 ? least : share;
    return wanted.compareTo(most) > 0 ? most : wanted;
  }
}
