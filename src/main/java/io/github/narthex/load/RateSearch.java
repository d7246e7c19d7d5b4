package io.github.narthex.load;

/**
 * Searches for the most requests per second with which a bound on latency is still kept: steps of
 * two until there is a rate that keeps it and one that does not, bisection between them, and two
 * more runs to confirm what was found, without which one lucky run would decide.
 */
public final class RateSearch {
  /** The rate that is found, and one that was too high, are no further apart. */
  public static final double PRECISION = 0.05;

  /** How many more runs have to keep the bound. */
  public static final int CONFIRMATIONS = 2;

  /** Below this share of what the model can do, requests are so rare that they hardly meet. */
  private static final double LEAST_SHARE = 1.0 / 64;

  /** So many requests as a percentile needs come at random where this times as many are due. */
  private static final double MARGIN = 1.15;

  private static final double NANOS_PER_S = 1e9;

  /** Puts a load on the model. */
  public interface Runner {
    /** What came of it. */
    Outcome run(Plan plan);
  }

  /**
   * What was found.
   *
   * @param perS the most requests per second; 0 if even the fewest were too many
   * @param tooManyPerS a rate above it that did not keep the bound; 0 if none was tried
   * @param capacityPerS how many answers per second there were with callers enough
   * @param alone one call after the other: no latency is lower
   * @param atBest the last run at the rate that was found, or at the lowest that was tried
   */
  public record Found(
      double perS, double tooManyPerS, double capacityPerS, Outcome alone, Outcome atBest) {
    /** Whether there is a rate at which the bound is kept. */
    public boolean isPossible() {
      return perS > 0;
    }
  }

  private final Runner runner;
  private final Slo slo;
  private final Arrivals arrivals;
  private final int servers;
  private final long durationNanos;
  private long seed;

  /**
   * A search.
   *
   * @param servers how many requests can be served at the same time
   * @param durationNanos of each run at least; one takes longer where its rate gives too few
   *     requests for the percentile
   * @param seed of the arrivals of the first run; each run has others
   */
  public RateSearch(
      Runner runner, Slo slo, Arrivals arrivals, int servers, long durationNanos, long seed) {
    this.runner = runner;
    this.slo = slo;
    this.arrivals = arrivals;
    this.servers = servers;
    this.durationNanos = durationNanos;
    this.seed = seed;
  }

  /**
   * Searches.
   *
   * @param expectedPerS about how many calls one after the other there are in a second
   */
  public Found find(double expectedPerS) {
    Outcome alone = runner.run(new Plan.Closed(1, duration(expectedPerS)));
    if (!slo.isKept(alone)) {
      // A disturbance must not end the search before it has begun; too few must not either.
      alone = runner.run(new Plan.Closed(1, duration(alone.achievedPerS())));
    }
    if (!slo.isKept(alone)) {
      return new Found(0, 0, alone.achievedPerS(), alone, alone);
    }
    double capacity =
        servers == 1
            ? alone.achievedPerS()
            : runner.run(new Plan.Closed(servers, durationNanos)).achievedPerS();
    Bracket bracket = bracket(capacity, alone);
    while (bracket.low > 0 && bracket.high > (1 + PRECISION) * bracket.low) {
      bracket.narrow(Math.sqrt(bracket.low * bracket.high));
    }
    confirm(bracket, capacity);
    return new Found(bracket.low, bracket.high, capacity, alone, bracket.atBest);
  }

  /** A rate that keeps the bound, and one that does not. */
  private final class Bracket {
    private double low;
    private double high;
    private Outcome atBest;

    Bracket(Outcome atBest) {
      this.atBest = atBest;
    }

    /** Tries a rate, which takes the place of one end. */
    boolean narrow(double perS) {
      Outcome outcome = run(perS);
      boolean kept = slo.isKept(outcome);
      if (!kept && !outcome.overloaded()) {
        outcome = run(perS);
        kept = slo.isKept(outcome);
      }
      if (kept) {
        low = perS;
        atBest = outcome;
      } else {
        high = perS;
        if (low == 0) {
          atBest = outcome;
        }
      }
      return kept;
    }

    /** What was thought to keep the bound does not. */
    void lower() {
      high = low;
      low = 0;
    }
  }

  private Bracket bracket(double capacity, Outcome alone) {
    Bracket bracket = new Bracket(alone);
    double perS = capacity / 2;
    while (bracket.low == 0 || bracket.high == 0) {
      if (bracket.low == 0 && perS < LEAST_SHARE * capacity) {
        return bracket;
      }
      perS *= bracket.narrow(perS) ? 2 : 0.5;
    }
    return bracket;
  }

  /** Goes down in small steps until a rate keeps the bound in all of its runs. */
  private void confirm(Bracket bracket, double capacity) {
    int confirmed = 0;
    while (bracket.low > 0 && confirmed < CONFIRMATIONS) {
      double perS = bracket.low;
      Outcome outcome = run(perS);
      if (slo.isKept(outcome)) {
        bracket.atBest = outcome;
        confirmed++;
        continue;
      }
      confirmed = 0;
      bracket.lower();
      double next = perS;
      do {
        next /= 1 + PRECISION;
      } while (next >= LEAST_SHARE * capacity && !bracket.narrow(next));
    }
  }

  private Outcome run(double perS) {
    return runner.run(new Plan.Open(perS, arrivals, duration(perS), seed++));
  }

  /** Long enough for the percentile at that rate. */
  private long duration(double perS) {
    double needed = MARGIN * slo.percentile().least() * NANOS_PER_S / perS;
    return Math.max(durationNanos, (long) needed);
  }
}
