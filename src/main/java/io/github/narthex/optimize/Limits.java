package io.github.narthex.optimize;

import io.github.narthex.bench.Latency;
import io.github.narthex.bench.Measurement;
import io.github.narthex.internal.text.Numbers;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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

  private static final double BYTES_PER_MB = 1e6;

  /** Whether nothing is limited. */
  public boolean isEmpty() {
    return sloMs == null && minItemsPerS == null && maxMemoryBytes == null;
  }

  /** What a candidate does not keep to, in a few words; empty if it keeps to all. */
  Optional<String> objection(Measurement measurement) {
    Latency latency = measurement.latency();
    if (latency == null) {
      return Optional.of("nothing was timed");
    }
    if (sloMs != null) {
      Double ms = at(latency);
      if (ms == null && latency.maxMs() > sloMs) {
        return Optional.of(
            "p%d is not known after %d forwards".formatted(percentile, latency.samples()));
      }
      if (ms != null && ms > sloMs) {
        return Optional.of("p%d is %s ms".formatted(percentile, Numbers.text(ms)));
      }
    }
    Double items = measurement.throughputPerS();
    if (minItemsPerS != null && (items == null || items < minItemsPerS)) {
      return Optional.of(
          "it does %s items a second".formatted(Numbers.text(items == null ? 0 : items)));
    }
    Long peak = measurement.peakRssBytes();
    if (maxMemoryBytes != null && (peak == null || peak > maxMemoryBytes)) {
      return Optional.of(
          "it takes %s MB".formatted(Numbers.text(peak == null ? 0 : peak / BYTES_PER_MB)));
    }
    return Optional.empty();
  }

  private @Nullable Double at(Latency latency) {
    return switch (percentile) {
      case 50 -> (Double) latency.p50Ms();
      case 90 -> latency.p90Ms();
      case 95 -> latency.p95Ms();
      default -> latency.p99Ms();
    };
  }

  /** For people, such as {@code p99 at most 20 ms, at least 100 items a second}. */
  @Override
  public String toString() {
    List<String> parts = new ArrayList<>();
    if (sloMs != null) {
      parts.add("p%d at most %s ms".formatted(percentile, Numbers.text(sloMs)));
    }
    if (minItemsPerS != null) {
      parts.add("at least %s items a second".formatted(Numbers.text(minItemsPerS)));
    }
    if (maxMemoryBytes != null) {
      parts.add("at most %s MB".formatted(Numbers.text(maxMemoryBytes / BYTES_PER_MB)));
    }
    return parts.isEmpty() ? "no limits" : String.join(", ", parts);
  }
}
