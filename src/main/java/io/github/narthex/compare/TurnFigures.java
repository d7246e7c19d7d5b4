package io.github.narthex.compare;

import java.util.Map;

/**
 * What a document has of one turn.
 *
 * @param count how many forwards it had
 * @param meanMs their mean
 * @param percentiles in milliseconds, those that are known
 * @param sortedMs the time of each forward, ascending; empty where it is not known
 */
// A list would box each sample.
@SuppressWarnings("ArrayRecordComponent")
record TurnFigures(long count, double meanMs, Map<Metric, Double> percentiles, double[] sortedMs) {
  /** The map is copied. */
  TurnFigures {
    percentiles = Map.copyOf(percentiles);
  }
}
