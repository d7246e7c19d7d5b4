package io.github.narthex.internal.text;

import java.util.Locale;

/** Amounts of memory as people read them. */
public final class Bytes {
  private static final double MEGA = 1e6;
  private static final double GIGA = 1e9;

  private Bytes() {}

  /** Such as {@code 321 MB}. */
  public static String text(long bytes) {
    return bytes < GIGA
        ? String.format(Locale.ROOT, "%.0f MB", bytes / MEGA)
        : String.format(Locale.ROOT, "%.1f GB", bytes / GIGA);
  }
}
