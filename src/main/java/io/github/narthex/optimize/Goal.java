package io.github.narthex.optimize;

import java.util.Locale;

/** What is to be made as good as it gets. */
public enum Goal {
  /** The least time of a call. */
  LATENCY,
  /** The most items a second. */
  THROUGHPUT,
  /** The least memory at its peak. */
  MEMORY,
  /** The smallest model file. */
  SIZE;

  /** The text on the command line and in files, for example {@code latency}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
