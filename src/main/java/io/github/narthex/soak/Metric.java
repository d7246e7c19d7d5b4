package io.github.narthex.soak;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What may grow. */
public enum Metric {
  /** Memory of the process that is in RAM. */
  RSS(true),
  /** The Java heap after a garbage collection. */
  HEAP(true),
  /** What of the C library's heap is in use, in which tensors lie. */
  NATIVE_HEAP(true),
  /** Live native objects. */
  HANDLES(true),
  /** The median latency of a window. */
  P50(true),
  /** The 99th percentile of a window's latency; it is shown, and no growth of it is judged. */
  P99(false);

  private final boolean judged;

  Metric(boolean judged) {
    this.judged = judged;
  }

  /** Whether its growth fails a soak. */
  public boolean isJudged() {
    return judged;
  }

  /** Whether it is a time. */
  public boolean isLatency() {
    return this == P50 || this == P99;
  }

  /** Its value in bytes, objects or milliseconds; NaN where the window has none. */
  double of(Sample sample) {
    return switch (this) {
      case RSS -> sample.reading().rssBytes() == 0 ? Double.NaN : sample.reading().rssBytes();
      case HEAP -> sample.reading().heapBytes();
      case NATIVE_HEAP ->
          sample.reading().nativeHeapBytes() < 0 ? Double.NaN : sample.reading().nativeHeapBytes();
      case HANDLES -> sample.reading().handles();
      case P50 -> orNone(sample.p50Ms());
      case P99 -> orNone(sample.p99Ms());
    };
  }

  private static double orNone(@Nullable Double value) {
    return value == null ? Double.NaN : value;
  }

  /** The name in tables and files, such as {@code rss}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
