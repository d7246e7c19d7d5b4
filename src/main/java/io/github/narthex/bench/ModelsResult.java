package io.github.narthex.bench;

import io.github.narthex.bench.Stability.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Several models side by side.
 *
 * @param rows in the order in which they were asked for
 */
public record ModelsResult(List<ModelRow> rows) {
  /** The list is copied. */
  public ModelsResult {
    rows = List.copyOf(rows);
  }

  /** Where they were measured; empty if none was. */
  public Optional<Environment> environment() {
    return rows.stream()
        .flatMap(row -> Optional.ofNullable(row.result()).stream())
        .map(BenchResult::environment)
        .findFirst();
  }

  /** Whether figures of all models were the same throughout; each reason names its model. */
  public Stability stability() {
    Verdict worst = Verdict.STABLE;
    List<String> reasons = new ArrayList<>();
    for (ModelRow row : rows) {
      BenchResult result = row.result();
      if (result != null) {
        Stability own = result.stability();
        own.reasons().forEach(reason -> reasons.add(row.task().model() + ": " + reason));
        if (own.verdict() == Verdict.UNSTABLE || worst == Verdict.STABLE) {
          worst = own.verdict();
        }
      }
    }
    if (environment().isEmpty()) {
      return new Stability(
          Verdict.UNKNOWN, List.of("nothing was measured"), null, null, null, null);
    }
    return new Stability(worst, reasons, null, null, null, null);
  }
}
