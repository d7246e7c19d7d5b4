package io.github.narthex.soak;

import org.jspecify.annotations.Nullable;

/** Is told how far a soak is, every few seconds. */
@FunctionalInterface
public interface SoakProgress {
  /** Tells nobody. */
  SoakProgress SILENT = (seconds, calls, latest) -> {};

  /**
   * Says how far it is.
   *
   * @param seconds since the beginning
   * @param calls how many have ended so far
   * @param latest the last window that is over; null before the first
   */
  void update(double seconds, long calls, @Nullable Sample latest);
}
