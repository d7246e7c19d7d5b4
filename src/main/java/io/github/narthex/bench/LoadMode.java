package io.github.narthex.bench;

import io.github.narthex.load.Arrivals;
import io.github.narthex.load.Slo;
import java.util.List;

/** With what requests a model is loaded. */
public sealed interface LoadMode {
  /** Samples of a query of {@link MultiStream}. */
  int SAMPLES_PER_QUERY = 8;

  /**
   * So many callers, each of which asks again when it has its answer; one row for each number.
   *
   * @param callers from 1
   */
  record Closed(List<Integer> callers) implements LoadMode {
    /** The list is copied. */
    public Closed {
      callers = List.copyOf(callers);
    }

    @Override
    public String toString() {
      return "closed-loop";
    }
  }

  /**
   * So many requests a second, whatever becomes of them; one row for each rate.
   *
   * @param perS above 0
   */
  record Open(List<Double> perS, Arrivals arrivals) implements LoadMode {
    /** The list is copied. */
    public Open {
      perS = List.copyOf(perS);
    }

    @Override
    public String toString() {
      return "open-loop";
    }
  }

  /** The most requests a second with which a bound on latency is kept; one row for each run. */
  record Search(Slo slo, Arrivals arrivals) implements LoadMode {
    @Override
    public String toString() {
      return "search";
    }
  }

  /** MLPerf's: one query after the other, of one sample each. */
  record SingleStream() implements LoadMode {
    @Override
    public String toString() {
      return "single-stream";
    }
  }

  /** MLPerf's: one query after the other, of {@value #SAMPLES_PER_QUERY} samples each. */
  record MultiStream() implements LoadMode {
    @Override
    public String toString() {
      return "multi-stream";
    }
  }

  /** MLPerf's: all samples at once. */
  record Offline() implements LoadMode {
    @Override
    public String toString() {
      return "offline";
    }
  }
}
