package io.github.narthex.soak;

import io.github.narthex.load.Distribution;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What came of a soak.
 *
 * @param samples of each window that is over
 * @param warmUp how many of them, from the first, are not judged
 * @param growths of each metric
 * @param latency of all calls that did not fail
 * @param errors calls that failed
 * @param firstError why the first of them did; null if none did
 * @param seconds how long it took
 * @param othersShare the share of all processors' time that was taken from this process after the
 *     warm-up: by other processes, the hypervisor, or a quota
 * @param isInterrupted whether it ended before its time
 */
public record SoakResult(
    SoakPlan plan,
    List<Sample> samples,
    int warmUp,
    List<Growth> growths,
    Distribution latency,
    long errors,
    @Nullable String firstError,
    double seconds,
    double othersShare,
    boolean isInterrupted) {
  /** What all of it comes to. */
  public enum Verdict {
    /** Nothing grows. */
    STEADY,
    /** Something grows beyond its limit. */
    GROWS,
    /** Calls failed. */
    FAILED,
    /** It was too short to tell. */
    UNKNOWN
  }

  /** The lists are copied. */
  public SoakResult {
    samples = List.copyOf(samples);
    growths = List.copyOf(growths);
  }

  /** The worst that was found; growth before failed calls, as these may come from it. */
  public Verdict verdict() {
    if (growths.stream().anyMatch(Growth::isFailure)) {
      return Verdict.GROWS;
    }
    if (errors > 0) {
      return Verdict.FAILED;
    }
    boolean isKnown =
        growths.stream()
            .filter(growth -> growth.metric().isJudged())
            .allMatch(growth -> growth.finding() != Growth.Finding.UNKNOWN);
    return isKnown ? Verdict.STEADY : Verdict.UNKNOWN;
  }

  /** The growth of a metric. */
  public Growth growth(Metric metric) {
    return growths.stream().filter(growth -> growth.metric() == metric).findFirst().orElseThrow();
  }
}
