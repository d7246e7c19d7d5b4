package io.github.narthex.soak;

import io.github.narthex.bench.Stability;
import java.util.List;

/**
 * Whether latency may have risen because others took more and more of the processors: other
 * processes, the hypervisor, or the quota of the process's cgroup.
 */
final class Disturbed {
  private static final double MS_PER_S = 1000;

  private Disturbed() {}

  /**
   * Whether the share that they took in the second half is larger than in the first by more than
   * counts as a disturbance.
   */
  static boolean moreAndMore(List<Sample> samples) {
    int half = samples.size() / 2;
    return half > 1
        && share(samples.subList(half, samples.size())) - share(samples.subList(0, half))
            > Stability.OTHERS_LIMIT;
  }

  /** The share of all processors' time that others took from the first of these to the last. */
  static double share(List<Sample> samples) {
    if (samples.size() < 2) {
      return 0;
    }
    double ms =
        samples.stream()
            .skip(1)
            .map(Sample::disturbance)
            .mapToDouble(d -> d.othersMs() + d.stolenMs() + d.throttledMs())
            .sum();
    double span = samples.getLast().seconds() - samples.getFirst().seconds();
    double processors = Runtime.getRuntime().availableProcessors();
    return Math.max(0, ms / (processors * MS_PER_S * span));
  }
}
