package io.github.narthex.bench;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Whether latencies were the same throughout, so that a later run would find them again. A speed-up
 * may hold where they were not, since recipes have their turns side by side.
 *
 * @param reasons why it is not stable, in a few words each
 * @param scatter how much the medians of turns scatter, relative to their median; of a run, that of
 *     the row with most; null where there are too few turns
 * @param drift by what fraction medians rose (or fell, where negative) from the first turn to the
 *     last; of a run, that of the row with most; null where there are too few turns
 * @param driftInterval its 95 % confidence interval; null for a run
 * @param taken which share of the processors' time other processes and the hypervisor took; null
 *     for a row, and where too little was timed to tell
 */
public record Stability(
    Verdict verdict,
    List<String> reasons,
    @Nullable Double scatter,
    @Nullable Double drift,
    @Nullable Interval driftInterval,
    @Nullable Double taken) {
  /** What was found. */
  public enum Verdict {
    /** Nothing speaks against it. */
    STABLE,
    /** Another run may come to other figures. */
    UNSTABLE,
    /** There are too few turns to tell. */
    UNKNOWN;

    /** The text in tables and files, for example {@code stable}. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * The most that medians of turns may scatter. A median of a dozen turns is then known to about 4
   * %, so that a rule such as "p50 by 5 % at most" decides by the code and not by chance.
   */
  public static final double SCATTER_LIMIT = 0.05;

  /**
   * The most that medians may change over a run, where they do so beyond chance: what is measured
   * first would be found that much better or worse than what is measured last.
   */
  public static final double DRIFT_LIMIT = 0.05;

  /**
   * How far the first turn may lie above the median of all, where latencies had not settled before
   * it.
   */
  public static final double SETTLING_LIMIT = 0.05;

  /**
   * The largest share of the timed forwards that garbage collection, or being held back by a CPU
   * quota, may take: more of them than p99 leaves out.
   */
  public static final double PAUSES_LIMIT = 0.01;

  /**
   * The largest share of the processors' time that the hypervisor may give to others: it takes
   * processors from forwards that are running.
   */
  public static final double STOLEN_LIMIT = 0.01;

  /**
   * The largest share of the processors' time that other processes may take: a system that has
   * nothing to do takes about 1 %.
   */
  public static final double OTHERS_LIMIT = 0.05;

  /** Linux counts processor time in ticks of 10 ms: of less than this, shares are not known. */
  private static final double ACCOUNTABLE_MS = 1000;

  /** How many rows are named at most. */
  private static final int NAMES = 3;

  /** The list is copied. */
  public Stability {
    reasons = List.copyOf(reasons);
  }

  /**
   * Something that makes figures unstable.
   *
   * @param size how bad it is
   * @param text in a few words, with the figure
   */
  private record Cause(
      Predicate<TurnPattern> holds,
      ToDoubleFunction<TurnPattern> size,
      Function<TurnPattern, String> text) {}

  private static final List<Cause> CAUSES =
      List.of(
          new Cause(
              TurnPattern::isUnsettled,
              TurnPattern::scatter,
              turns -> "latencies had not settled when timing began"),
          new Cause(
              turns -> turns.scatter() > SCATTER_LIMIT,
              TurnPattern::scatter,
              turns -> "turns scatter by " + percent(turns.scatter())),
          new Cause(
              TurnPattern::isDrifting,
              turns -> Math.abs(turns.drift()),
              turns ->
                  "p50 %s by %s over the run"
                      .formatted(
                          turns.drift() < 0 ? "fell" : "rose", percent(Math.abs(turns.drift())))),
          new Cause(
              turns -> turns.throttledShare() > PAUSES_LIMIT,
              TurnPattern::throttledShare,
              turns ->
                  "the CPU quota took %s of the time, in %d periods"
                      .formatted(
                          percent(turns.throttledShare()), turns.disturbance().throttledPeriods())),
          new Cause(
              turns -> turns.gcShare() > PAUSES_LIMIT,
              TurnPattern::gcShare,
              turns ->
                  "garbage collection took %s of the time, in %d pauses of %.0f ms at most"
                      .formatted(
                          percent(turns.gcShare()),
                          turns.disturbance().gcPauses(),
                          turns.disturbance().longestGcMs())));

  /** That of one row; what others took of the processors is known of a run only. */
  public static Stability of(Measurement row) {
    TurnPattern turns = TurnPattern.of(row);
    if (!turns.isKnown()) {
      String reason =
          row.latency() == null
              ? "it was not measured"
              : "%d turns, %d are needed".formatted(row.turns().size(), Trend.MIN_VALUES);
      return new Stability(Verdict.UNKNOWN, List.of(reason), null, null, null, null);
    }
    List<String> reasons = new ArrayList<>();
    for (Cause cause : CAUSES) {
      if (cause.holds().test(turns)) {
        reasons.add(cause.text().apply(turns));
      }
    }
    return new Stability(
        reasons.isEmpty() ? Verdict.STABLE : Verdict.UNSTABLE,
        reasons,
        turns.scatter(),
        turns.drift(),
        turns.driftInterval(),
        null);
  }

  /**
   * That of a run.
   *
   * @param rows those that were not measured do not count
   * @param processors of the machine
   */
  public static Stability of(List<Measurement> rows, int processors) {
    List<TurnPattern> all =
        rows.stream().filter(row -> row.latency() != null).map(TurnPattern::of).toList();
    List<String> reasons = new ArrayList<>();
    for (Cause cause : CAUSES) {
      List<TurnPattern> concerned =
          all.stream()
              .filter(cause.holds())
              .sorted(Comparator.comparingDouble(cause.size()).reversed())
              .toList();
      if (!concerned.isEmpty()) {
        reasons.add(cause.text().apply(concerned.getFirst()) + names(concerned));
      }
    }
    double processorMs = processors * all.stream().mapToDouble(TurnPattern::timedMs).sum();
    Disturbance disturbance =
        all.stream().map(TurnPattern::disturbance).reduce(Disturbance.NONE, Disturbance::plus);
    reasons.addAll(processorTime(disturbance, processorMs));
    boolean isUnstable = !reasons.isEmpty();
    List<TurnPattern> unknown = all.stream().filter(turns -> !turns.isKnown()).toList();
    if (all.isEmpty()) {
      reasons.add("nothing was measured");
    } else if (!unknown.isEmpty()) {
      reasons.add("too few turns to tell" + names(unknown));
    }
    return new Stability(
        isUnstable ? Verdict.UNSTABLE : reasons.isEmpty() ? Verdict.STABLE : Verdict.UNKNOWN,
        reasons,
        most(all, TurnPattern::scatter),
        most(all, TurnPattern::drift),
        null,
        processorMs < ACCOUNTABLE_MS
            ? null
            : (disturbance.othersMs() + disturbance.stolenMs()) / processorMs);
  }

  private static List<String> processorTime(Disturbance all, double processorMs) {
    if (processorMs < ACCOUNTABLE_MS) {
      return List.of();
    }
    List<String> reasons = new ArrayList<>();
    double others = all.othersMs() / processorMs;
    if (others > OTHERS_LIMIT) {
      reasons.add("other processes took " + percent(others) + " of the processors");
    }
    double stolen = all.stolenMs() / processorMs;
    if (stolen > STOLEN_LIMIT) {
      reasons.add("the hypervisor took " + percent(stolen) + " of the processors");
    }
    return reasons;
  }

  /** The recipes, the first of which the figure is about. */
  private static String names(List<TurnPattern> rows) {
    List<String> names = rows.stream().map(TurnPattern::recipe).distinct().toList();
    int more = names.size() - NAMES;
    return " (%s%s)"
        .formatted(
            String.join(", ", names.subList(0, Math.min(names.size(), NAMES))),
            more > 0 ? " and " + more + " more" : "");
  }

  private static @Nullable Double most(
      List<TurnPattern> patterns, ToDoubleFunction<TurnPattern> figure) {
    return patterns.stream()
        .filter(TurnPattern::isKnown)
        .max(Comparator.comparingDouble(turns -> Math.abs(figure.applyAsDouble(turns))))
        .map(figure::applyAsDouble)
        .orElse(null);
  }

  private static String percent(double fraction) {
    return String.format(Locale.ROOT, fraction < 0.1 ? "%.1f %%" : "%.0f %%", 100 * fraction);
  }
}
