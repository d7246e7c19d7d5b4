package io.github.narthex.export;

import java.time.Duration;

/** Is told how far an export is. Called from the thread that exports. */
@FunctionalInterface
public interface ExportProgress {
  /** Tells nobody. */
  ExportProgress SILENT = (stage, stages, what, elapsed) -> {};

  /**
   * Says what is being done, when that changes and about every second.
   *
   * @param stage its number, from 1; 0 before the first
   * @param stages how many there are
   * @param what a few words
   * @param elapsed since the export began
   */
  void update(int stage, int stages, String what, Duration elapsed);
}
