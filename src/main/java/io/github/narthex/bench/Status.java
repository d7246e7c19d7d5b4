package io.github.narthex.bench;

import java.util.Locale;

/** How a recipe fared. */
public enum Status {
  /** It ran, and its answers are within the error budget. */
  OK,
  /** It ran, but its answers are further from those of {@code eager} than the budget allows. */
  INACCURATE,
  /** This machine, this libtorch or this model can't do it. */
  UNSUPPORTED,
  /** It ended with an error. */
  FAILED,
  /** Its process ended by itself or by a signal. */
  CRASHED,
  /** It gave no answer within its time, and was killed. */
  TIMEOUT,
  /** It, or the system on its behalf, ran out of memory. */
  OUT_OF_MEMORY;

  /** The text in tables and files, for example {@code out-of-memory}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Whether latencies were measured to the end. */
  public boolean measured() {
    return this == OK || this == INACCURATE;
  }
}
