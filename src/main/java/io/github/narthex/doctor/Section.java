package io.github.narthex.doctor;

import java.util.List;

/**
 * Checks that belong together.
 *
 * @param title a word or two
 */
public record Section(String title, List<Check> checks) {
  /** The list is copied. */
  public Section {
    checks = List.copyOf(checks);
  }
}
