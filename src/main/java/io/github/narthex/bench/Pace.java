package io.github.narthex.bench;

import java.time.Duration;
import java.util.List;

/**
 * How many rounds there are and how long the turns in them are.
 *
 * @param rounds the most rounds
 * @param iterations timed forwards in all rounds together, or 0 if the turns set no number
 * @param turns one for each recipe, in the order in which they were given
 */
record Pace(int rounds, long iterations, List<Protocol.Run> turns) {
  /** Below this the interval of a ratio would be a guess. */
  static final int MIN_ROUNDS = 5;

  static final int ROUNDS = 12;
  private static final int MAX_ROUNDS = 30;
  private static final double ROUND_NANOS = 0.4e9;
  private static final long MIN_ITERATIONS = 3;

  /** Of a model slower than this, one forward is enough of a turn. */
  private static final double SLOW_NANOS = 0.3e9;

  /** Bounds one turn's message; the time of a model this fast is known well long before. */
  private static final long MAX_ITERATIONS = 20_000;

  private static final long MIN_SETTLE = 2;

  /** The largest share of a round that settling may take, if there is time for it. */
  private static final double MAX_SETTLING = 0.2;

  private static final double SETTLE_NANOS = 5e6;

  /**
   * What is known of a recipe before it is measured.
   *
   * @param nanos about how long a forward takes
   * @param turnsPerRound how many turns it has in each round
   */
  record Runner(double nanos, int turnsPerRound) {
    private long settle() {
      return nanos > SLOW_NANOS
          ? 1
          : Math.clamp((long) Math.ceil(SETTLE_NANOS / nanos), MIN_SETTLE, 1000);
    }

    private long leastIterations() {
      return nanos > SLOW_NANOS ? 1 : MIN_ITERATIONS;
    }

    /** The time of a turn after which a round has added its share of the samples for a p99. */
    private double enoughNanos(int rounds) {
      double samples = Latency.P99_FLOOR * 1.05 / (rounds * turnsPerRound);
      return Math.max(leastNanos(), Math.ceil(samples) * nanos);
    }

    private double leastNanos() {
      return leastIterations() * nanos;
    }

    private double settleNanos() {
      return settle() * nanos;
    }

    /** A forward that begins before the limit ends after it, by half its time on average. */
    private Protocol.Run turn(double limitNanos) {
      return new Protocol.Run(
          settle(), leastIterations(), MAX_ITERATIONS, (long) (limitNanos - nanos / 2));
    }
  }

  /** A fixed number of timed forwards for each recipe, spread evenly over the rounds. */
  static Pace ofIterations(long iterations, List<Runner> runners) {
    return new Pace(
        (int) Math.min(iterations, ROUNDS),
        iterations,
        runners.stream().map(runner -> runner.turn(Long.MAX_VALUE)).toList());
  }

  /** What the recipe at that position runs in that round. */
  Protocol.Run turn(int runner, int round) {
    Protocol.Run turn = turns.get(runner);
    if (iterations == 0) {
      return turn;
    }
    long count = iterations * (round + 1) / rounds - iterations * round / rounds;
    return new Protocol.Run(turn.settle(), count, count, Long.MAX_VALUE);
  }

  /** A turn of about that time; the fewest forwards take longer if they must. */
  static Protocol.Run turnOf(double forwardNanos, long turnNanos, long atMost) {
    Protocol.Run run = new Runner(forwardNanos, 1).turn((double) turnNanos);
    return new Protocol.Run(run.settle(), run.atLeast(), atMost, Math.max(0, run.limitNanos()));
  }

  /** A fixed time of timed forwards for each recipe. */
  static Pace ofDuration(Duration duration, List<Runner> runners) {
    double nanos = duration.toNanos();
    int rounds = Math.clamp((long) (nanos / ROUND_NANOS), MIN_ROUNDS, MAX_ROUNDS);
    return new Pace(
        rounds, 0, runners.stream().map(runner -> runner.turn(nanos / rounds)).toList());
  }

  /**
   * What fits into a time. All recipes get turns of the same length, save that what one does not
   * need for its p99 goes to the others.
   */
  static Pace within(Duration time, List<Runner> runners) {
    double settling = 0;
    double least = 0;
    for (Runner runner : runners) {
      settling += runner.turnsPerRound() * runner.settleNanos();
      least += runner.turnsPerRound() * runner.leastNanos();
    }
    double nanos = Math.max(0, time.toNanos());
    // Settling is time lost: better fewer rounds than turns that are mostly settling.
    double worthwhile = Math.max(settling + least, settling / MAX_SETTLING);
    int rounds = Math.clamp((long) (nanos / worthwhile), MIN_ROUNDS, ROUNDS);
    return over(time, rounds, rounds, runners);
  }

  /** As {@link #within}, for the rounds that are left, by what is known of recipes now. */
  Pace again(Duration timeLeft, int roundsLeft, List<Runner> runners) {
    return over(timeLeft, roundsLeft, rounds, runners);
  }

  private static Pace over(Duration time, int roundsLeft, int rounds, List<Runner> runners) {
    double settling = 0;
    for (Runner runner : runners) {
      settling += runner.turnsPerRound() * runner.settleNanos();
    }
    double share = share((double) time.toNanos() / roundsLeft - settling, rounds, runners);
    return new Pace(
        rounds,
        0,
        runners.stream()
            .map(runner -> runner.turn(Math.min(share, runner.enoughNanos(rounds))))
            .toList());
  }

  /** The length of a turn with which a round takes {@code nanos}, found by bisection. */
  private static double share(double nanos, int rounds, List<Runner> runners) {
    double low = 0;
    double high = Math.max(0, nanos);
    for (int i = 0; i < 60; i++) {
      double middle = (low + high) / 2;
      double sum = 0;
      for (Runner runner : runners) {
        double turn = Math.min(middle, runner.enoughNanos(rounds));
        sum += runner.turnsPerRound() * Math.max(turn, runner.leastNanos());
      }
      if (sum > nanos) {
        high = middle;
      } else {
        low = middle;
      }
    }
    return low;
  }
}
