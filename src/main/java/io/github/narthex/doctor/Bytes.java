package io.github.narthex.doctor;

import java.util.Locale;

/** Amounts of memory as people read them. */
final class Bytes {
  private static final double MEGA = 1e6;
  private static final double GIGA = 1e9;

  private Bytes() {}

  static String text(long bytes) {
    return bytes < GIGA
        ? String.format(Locale.ROOT, "%.0f MB", bytes / MEGA)
        : String.format(Locale.ROOT, "%.1f GB", bytes / GIGA);
  }
}
