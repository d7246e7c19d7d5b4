package io.github.narthex.compare;

import io.github.narthex.bench.Interval;
import io.github.narthex.bench.Latency;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Checks rules. A limit of the ratio is broken where the figures are beyond it and their difference
 * is more than noise: the 95 % interval of the ratio does not reach 1, and what disturbed the runs
 * does not explain it. So a run that is noisy can't fail by chance, and one that is too noisy to
 * tell does not fail; the outcome says so. Where there is no interval, the figures alone decide
 * unless the runs were disturbed; for a limit of a figure itself they always do.
 */
public final class RuleCheck {
  private final Rule rule;
  private final boolean isStrict;
  private final List<String> broken = new ArrayList<>();
  private final List<String> withinNoise = new ArrayList<>();
  private final List<String> unchecked = new ArrayList<>();

  private RuleCheck(Rule rule, boolean isStrict) {
    this.rule = rule;
    this.isStrict = isStrict;
  }

  /**
   * What comes of each rule.
   *
   * @param isStrict whether figures alone decide, whatever the noise
   */
  public static List<Rule.Outcome> of(List<Rule> rules, Comparison comparison, boolean isStrict) {
    return rules.stream().map(rule -> new RuleCheck(rule, isStrict).check(comparison)).toList();
  }

  private Rule.Outcome check(Comparison comparison) {
    int rows = 0;
    for (Pair pair : comparison.pairs()) {
      if (rule.isAbout(pair.after())) {
        check(pair, comparison);
        rows++;
      }
    }
    if (rows == 0) {
      String recipe = rule.recipe().orElse("any recipe");
      boolean isOld =
          comparison.onlyBefore().stream().map(row -> row.key().recipe()).anyMatch(recipe::equals);
      unchecked.add(
          "%s is only in %s"
              .formatted(recipe, isOld ? comparison.before().file() : comparison.after().file()));
    }
    return new Rule.Outcome(rule, broken, withinNoise, unchecked);
  }

  private void check(Pair pair, Comparison comparison) {
    String label = pair.label();
    if (!pair.after().isMeasured()) {
      if (pair.before().isMeasured()) {
        broken.add(
            "%s: %s before, now %s"
                .formatted(label, pair.before().status(), pair.after().outcome()));
      }
      return;
    }
    Difference difference = pair.difference(rule.metric());
    Double after = difference.after();
    if (after == null) {
      unchecked.add(missing(comparison.after(), pair.after()));
      return;
    }
    if (!rule.isRelative()) {
      if (rule.isBeyond(after)) {
        broken.add("%s: %s".formatted(label, Amounts.text(rule.metric(), after)));
      }
      return;
    }
    if (!pair.before().isMeasured()) {
      return; // There is nothing that it could be worse than.
    }
    Double ratio = difference.ratio();
    if (ratio == null) {
      unchecked.add(missing(comparison.before(), pair.before()));
    } else if (rule.isBeyond(ratio)) {
      Interval interval = difference.interval();
      double disturbed = 1 + difference.disturbance();
      boolean isNoise =
          (interval != null && interval.contains(1))
              || (ratio <= disturbed && ratio >= 1 / disturbed);
      boolean isExcused = isNoise && !isStrict && rule.isExcusable();
      (isExcused ? withinNoise : broken).add("%s: %s".formatted(label, text(difference, ratio)));
    }
  }

  private String text(Difference difference, double ratio) {
    Interval interval = difference.interval();
    return "%s became %s, %s"
        .formatted(
            Amounts.text(rule.metric(), difference.before()),
            Amounts.text(rule.metric(), difference.after()),
            interval == null
                ? String.format(Locale.ROOT, "%.3fx", ratio)
                : String.format(
                    Locale.ROOT, "%.3fx [%.3f, %.3f]", ratio, interval.low(), interval.high()));
  }

  private String missing(Document document, Row row) {
    int floor =
        switch (rule.metric()) {
          case P90 -> Latency.P90_FLOOR;
          case P95 -> Latency.P95_FLOOR;
          case P99 -> Latency.P99_FLOOR;
          default -> 0;
        };
    return "%s has no %s of %s%s"
        .formatted(
            document.file(),
            rule.metric(),
            row.key().recipe(),
            row.samples() < floor
                ? ": %,d forwards were timed, %d are needed".formatted(row.samples(), floor)
                : "");
  }
}
