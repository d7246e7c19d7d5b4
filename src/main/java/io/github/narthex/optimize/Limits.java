package io.github.narthex.optimize;

import org.jspecify.annotations.Nullable;

/**
 * What the result has to keep to, beside its goal. What is null is not limited.
 *
 * @param percentile of the latency that {@code sloMs} is about: 50, 90, 95 or 99
 * @param sloMs the most milliseconds at that percentile
 * @param minItemsPerS the fewest items a second
 * @param maxMemoryBytes the most memory at the peak
 */
public record Limits(
    int percentile,
    @Nullable Double sloMs,
    @Nullable Double minItemsPerS,
    @Nullable Long maxMemoryBytes) {
  /** No limits. */
  public static final Limits NONE = new Limits(50, null, null, null);
}
