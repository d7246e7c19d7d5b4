package io.github.narthex.cli;

import io.github.narthex.soak.Sample;
import io.github.narthex.soak.SoakProgress;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Prints how far a soak is, a line every few seconds. */
final class SoakLines implements SoakProgress {
  private static final double INTERVAL_S = 5;
  private static final double BYTES_PER_MB = 1e6;

  private final PrintStream out;
  private final double total;
  private double next;

  SoakLines(PrintStream out, Duration total) {
    this.out = out;
    this.total = total.toSeconds();
  }

  @Override
  public void update(double seconds, long calls, @Nullable Sample latest) {
    if (seconds < next) {
      return;
    }
    next = seconds + INTERVAL_S - 1;
    String state =
        latest == null
            ? ""
            : String.format(
                Locale.ROOT,
                "  RSS %.1f MB  heap %.1f MB  handles %d  p50 %s",
                latest.reading().rssBytes() / BYTES_PER_MB,
                latest.reading().heapBytes() / BYTES_PER_MB,
                latest.reading().handles(),
                latest.p50Ms() == null
                    ? "-"
                    : String.format(Locale.ROOT, "%.3f ms", latest.p50Ms()));
    out.printf(Locale.ROOT, "%6.0f of %.0f s  %,d calls%s%n", seconds, total, calls, state);
  }
}
