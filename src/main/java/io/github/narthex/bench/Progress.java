package io.github.narthex.bench;

/** Is told how far a run is. */
public interface Progress {
  /** Tells nobody. */
  Progress SILENT = (what, fraction) -> {};

  /**
   * Says what is being done now.
   *
   * @param what a few words
   * @param fraction how much of all is done, from 0 to 1
   */
  void update(String what, double fraction);
}
