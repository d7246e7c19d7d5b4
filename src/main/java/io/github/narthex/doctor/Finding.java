package io.github.narthex.doctor;

import java.util.Locale;

/**
 * What a check came to.
 *
 * @param found what there is, of one or more lines
 * @param advice what to do about it; empty if there is nothing to do
 */
public record Finding(Status status, String found, String advice) {
  /** How bad it is, from the best. */
  public enum Status {
    /** As it should be. */
    OK,
    /** libtorch can be used, but is slower, or answers otherwise, than it would have to. */
    WARNING,
    /** libtorch can't be used. */
    ERROR;

    /** The text in tables and files, for example {@code warning}. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  static Finding ok(String found) {
    return new Finding(Status.OK, found, "");
  }

  /** Nothing is wrong, and something could still be done. */
  static Finding ok(String found, String advice) {
    return new Finding(Status.OK, found, advice);
  }

  static Finding warning(String found, String advice) {
    return new Finding(Status.WARNING, found, advice);
  }

  static Finding error(String found, String advice) {
    return new Finding(Status.ERROR, found, advice);
  }
}
