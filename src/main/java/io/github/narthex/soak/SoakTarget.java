package io.github.narthex.soak;

/** What is called again and again. */
@FunctionalInterface
public interface SoakTarget {
  /**
   * Calls it once. What it throws as an exception counts as a failed call; an {@code Error} ends
   * the soak.
   *
   * @param caller from 0; each is one thread
   * @param call from 0, of this caller
   */
  void call(int caller, long call);
}
