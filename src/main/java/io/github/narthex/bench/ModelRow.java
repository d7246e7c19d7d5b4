package io.github.narthex.bench;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One of several models.
 *
 * @param task what was asked for
 * @param result null if it could not be measured
 * @param reason why it could not; null if it was
 */
public record ModelRow(
    BenchTask task, @Nullable BenchResult result, Status status, @Nullable String reason) {
  /** The model as it is; empty if it could not be measured. */
  public Optional<Measurement> baseline() {
    return Optional.ofNullable(result).map(bench -> bench.results().getFirst());
  }

  /** The recommended recipe; empty if there is none. */
  public Optional<Measurement> best() {
    return Optional.ofNullable(result).map(BenchResult::recommended);
  }
}
