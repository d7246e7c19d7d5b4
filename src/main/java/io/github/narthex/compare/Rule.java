package io.github.narthex.compare;

import java.util.List;
import java.util.Optional;

/**
 * What must not be.
 *
 * @param text as the user wrote it
 * @param recipe the rows that it is about; empty for all
 * @param isAbove whether a figure above the limit breaks it, or one below
 * @param isRelative whether the limit is about the ratio of after to before, or about after alone
 * @param limit of the ratio, such as 1.05 for +5 %; or in the metric's unit
 */
public record Rule(
    String text,
    Optional<String> recipe,
    Metric metric,
    boolean isAbove,
    boolean isRelative,
    double limit) {
  /**
   * What came of a rule, each a line.
   *
   * @param broken by these rows
   * @param withinNoise beyond the limit, but what differs is not more than noise
   * @param unchecked rows that lack what is needed
   */
  public record Outcome(
      Rule rule, List<String> broken, List<String> withinNoise, List<String> unchecked) {
    /** The lists are copied. */
    public Outcome {
      broken = List.copyOf(broken);
      withinNoise = List.copyOf(withinNoise);
      unchecked = List.copyOf(unchecked);
    }
  }

  /** Whether a figure is on the wrong side of the limit. */
  boolean isBeyond(double value) {
    return isAbove ? value > limit : value < limit;
  }

  /** Whether the limit asks for no worsening, so that noise can excuse a figure beyond it. */
  boolean isExcusable() {
    return isRelative && (isAbove ? limit >= 1 : limit <= 1);
  }

  boolean isAbout(Row row) {
    return recipe.isEmpty() || recipe.get().equals(row.key().recipe());
  }
}
