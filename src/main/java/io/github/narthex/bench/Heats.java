package io.github.narthex.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * Divides candidates into heats, each with the baseline, where memory does not suffice to hold all
 * workers at once. Normally there is one heat.
 */
final class Heats {
  /** How much of the free memory workers may take. */
  private static final double SHARE = 0.7;

  private Heats() {}

  /**
   * The heats, of about the same size, in order.
   *
   * @param workerBytes what one worker takes, about; 0 if that is not known
   * @param availableBytes free memory, without what the baseline's worker has taken
   */
  static <T> List<List<T>> of(List<T> candidates, long workerBytes, long availableBytes) {
    if (candidates.isEmpty() || workerBytes <= 0) {
      return List.of(List.copyOf(candidates));
    }
    int fits =
        Math.clamp(
            (long) (SHARE * availableBytes / Math.max(1, workerBytes)), 1, candidates.size());
    int count = Math.ceilDiv(candidates.size(), fits);
    List<List<T>> heats = new ArrayList<>();
    int from = 0;
    for (int heat = 0; heat < count; heat++) {
      int to = (int) ((long) candidates.size() * (heat + 1) / count);
      heats.add(List.copyOf(candidates.subList(from, to)));
      from = to;
    }
    return heats;
  }
}
