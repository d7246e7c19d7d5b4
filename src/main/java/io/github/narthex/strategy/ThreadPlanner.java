package io.github.narthex.strategy;

import java.util.ArrayList;
import java.util.List;

/**
 * Divides the cores that there are among callers, so that no more threads compute than there are
 * cores: with more, the threads of an operator wait for each other while others hold their
 * processor.
 *
 * @param cores how many cores there are to divide, from 1
 */
public record ThreadPlanner(int cores) {
  /**
   * Checks the number.
   *
   * @throws IllegalArgumentException if it is less than 1
   */
  public ThreadPlanner {
    if (cores < 1) {
      throw new IllegalArgumentException("there must be a core at least, got " + cores);
    }
  }

  /**
   * A planner for this process.
   *
   * @param reserved cores that other work of the process keeps busy, such as loading data; 0 if
   *     there is none
   * @throws IllegalArgumentException if {@code reserved} is negative
   */
  public static ThreadPlanner ofThisProcess(int reserved) {
    return of(Processors.ofThisProcess(), reserved);
  }

  /**
   * A planner for those processors.
   *
   * @param reserved cores that are kept for other work; one core is left in any case
   * @throws IllegalArgumentException if {@code reserved} is negative
   */
  public static ThreadPlanner of(Processors processors, int reserved) {
    if (reserved < 0) {
      throw new IllegalArgumentException("reserved cores can't be negative, got " + reserved);
    }
    return new ThreadPlanner(Math.max(1, processors.usableCores() - reserved));
  }

  /** One call at a time, on all cores: the answer comes soonest. */
  public Threads forLatency() {
    return Threads.of(cores);
  }

  /**
   * A call on each core: most answers in the same time, as none waits for other threads, if there
   * are so many callers.
   */
  public Threads forThroughput() {
    return new Threads(1, cores);
  }

  /**
   * All ways to divide the cores evenly, from {@link #forLatency} to {@link #forThroughput}. Where
   * nothing divides them evenly, fewer are used. What lies between the two is for a process each:
   * see {@link Threads#fitsOneProcess}.
   */
  public List<Threads> plans() {
    List<Threads> plans = new ArrayList<>();
    for (int instances = 1; instances <= cores; instances++) {
      int intra = cores / instances;
      // With as many threads each, more instances leave fewer cores idle.
      boolean most = cores / (instances + 1) < intra;
      if (most) {
        plans.add(new Threads(intra, instances));
      }
    }
    return List.copyOf(plans);
  }

  /** Those of {@link #plans} that fit one process; one, or two. */
  public List<Threads> plansOfOneProcess() {
    return plans().stream().filter(Threads::fitsOneProcess).toList();
  }
}
