package io.github.narthex.bench;

import io.github.narthex.load.Outcome;
import io.github.narthex.load.Plan;
import org.jspecify.annotations.Nullable;

/**
 * One load, and what came of it.
 *
 * @param status {@link Status#OK}, or how it failed
 * @param reason why it failed; null if it did not
 * @param outcome null if it failed
 */
public record LoadRow(
    Plan plan,
    Status status,
    @Nullable String reason,
    @Nullable Outcome outcome,
    Disturbance disturbance) {
  /** For people, such as {@code 4 callers} or {@code 120/s}. */
  public String name() {
    return switch (plan) {
      case Plan.Closed closed -> closed.callers() == 1 ? "1 caller" : closed.callers() + " callers";
      case Plan.Open open -> LoadVerdict.rate(open.perS()) + "/s";
      case Plan.Queries queries ->
          queries.queries() == 1
              ? "all %d at once".formatted(queries.samples())
              : "queries of " + queries.samples();
    };
  }
}
