package io.github.narthex.load;

/** A load to put on a model. */
public sealed interface Plan {
  /** The traffic of this load, from its beginning. */
  Traffic traffic();

  /** How long it lasts if the model keeps up, in nanoseconds. */
  long durationNanos();

  /** How much longer what has come may take. */
  default long patienceNanos() {
    return 0;
  }

  /**
   * A closed loop.
   *
   * @param callers each of which asks again when it has its answer
   * @param durationNanos after which nobody asks again
   */
  record Closed(int callers, long durationNanos) implements Plan {
    @Override
    public Traffic traffic() {
      return new ClosedTraffic(callers, durationNanos);
    }
  }

  /**
   * An open loop.
   *
   * @param perS how many requests come in a second
   * @param durationNanos after which none come
   * @param seed of arrivals at random
   */
  record Open(double perS, Arrivals arrivals, long durationNanos, long seed) implements Plan {
    @Override
    public Traffic traffic() {
      return new OpenTraffic(arrivals.at(perS, seed), durationNanos, patienceNanos());
    }

    /** Half of the time again: what is not answered then belongs to a queue that only grows. */
    @Override
    public long patienceNanos() {
      return durationNanos / 2;
    }
  }

  /**
   * Queries of several samples, one after the other.
   *
   * @param samples of each query
   * @param queries how many there are at most
   * @param durationNanos after which none begins
   */
  record Queries(int samples, long queries, long durationNanos) implements Plan {
    @Override
    public Traffic traffic() {
      return new QueryTraffic(samples, durationNanos, queries);
    }
  }
}
