package io.github.narthex.compare;

import io.github.narthex.bench.IndependentRatio.Side;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A row's figures over its turns, as a bootstrap draws them. */
final class TurnStatistics {
  private TurnStatistics() {}

  /**
   * What an interval of a metric can be drawn from; empty where a document does not have it: a
   * percentile needs the samples, or turns of which each is long enough to have it.
   */
  static Optional<Side> of(Metric metric, List<TurnFigures> turns) {
    if (turns.isEmpty() || turns.stream().anyMatch(turn -> turn.count() < 1)) {
      return Optional.empty();
    }
    if (metric == Metric.THROUGHPUT) {
      return turns.stream().allMatch(turn -> turn.meanMs() > 0)
          ? Optional.of(new Side(turns.size(), times -> rate(turns, times)))
          : Optional.empty();
    }
    if (!metric.isPercentile()) {
      return Optional.empty();
    }
    if (turns.stream().allMatch(turn -> turn.sortedMs().length > 0)) {
      double[] all =
          turns.stream().flatMapToDouble(turn -> Arrays.stream(turn.sortedMs())).sorted().toArray();
      return Optional.of(
          new Side(turns.size(), times -> pooled(turns, all, times, metric.quantile())));
    }
    double[] logs =
        turns.stream()
            .mapToDouble(turn -> Math.log(turn.percentiles().getOrDefault(metric, 0.0)))
            .toArray();
    return Arrays.stream(logs).allMatch(Double::isFinite)
        ? Optional.of(new Side(turns.size(), times -> geometricMean(logs, times)))
        : Optional.empty();
  }

  /** Forwards in a millisecond of timed ones. */
  private static double rate(List<TurnFigures> turns, int[] times) {
    double count = 0;
    double ms = 0;
    for (int i = 0; i < times.length; i++) {
      TurnFigures turn = turns.get(i);
      count += (double) times[i] * turn.count();
      ms += times[i] * turn.count() * turn.meanMs();
    }
    return count / ms;
  }

  private static double geometricMean(double[] logs, int[] times) {
    double sum = 0;
    int count = 0;
    for (int i = 0; i < times.length; i++) {
      sum += times[i] * logs[i];
      count += times[i];
    }
    return Math.exp(sum / count);
  }

  /**
   * The least sample with at least that share of all at or below it, found by bisection, since
   * drawing and sorting all samples ten thousand times would take minutes.
   *
   * @param all samples of all turns, ascending
   */
  private static double pooled(List<TurnFigures> turns, double[] all, int[] times, double q) {
    long count = 0;
    for (int i = 0; i < times.length; i++) {
      count += (long) times[i] * turns.get(i).sortedMs().length;
    }
    long wanted = (long) Math.ceil(q * count);
    int low = 0;
    int high = all.length - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      long below = 0;
      for (int i = 0; i < times.length; i++) {
        if (times[i] > 0) {
          below += (long) times[i] * notAbove(turns.get(i).sortedMs(), all[middle]);
        }
      }
      if (below >= wanted) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return all[low];
  }

  /** How many of the sorted values are not above one. */
  private static int notAbove(double[] sorted, double value) {
    int low = 0;
    int high = sorted.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (sorted[middle] <= value) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
