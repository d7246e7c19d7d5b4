package io.github.narthex.strategy;

import java.util.Locale;

/** Errors, as people read them. */
final class Percent {
  private Percent() {}

  static String of(double fraction) {
    return String.format(Locale.ROOT, "%.3g %%", 100 * fraction);
  }
}
