package io.github.narthex.report;

import io.github.narthex.check.Item;
import io.github.narthex.check.Review;

/** A production check as text: a line for each item, and what to do below it. */
public final class CheckTable {
  private static final int STATUS_WIDTH = "not-met".length();

  private CheckTable() {}

  /** The text, with a line end. */
  public static String text(Review review) {
    return lines(review)
        .text(
            "%s: %d met, %d not met, %d cannot be known from here."
                .formatted(
                    review.model(),
                    review.count(Item.State.MET),
                    review.count(Item.State.NOT_MET),
                    review.count(Item.State.UNKNOWN)));
  }

  static StatusLines lines(Review review) {
    return new StatusLines(
        review.groups().stream()
            .flatMap(
                group ->
                    group.items().stream()
                        .map(
                            item ->
                                new StatusLine(
                                    group.title(),
                                    item.name(),
                                    item.state().toString(),
                                    item.found(),
                                    item.advice())))
            .toList(),
        STATUS_WIDTH);
  }
}
