package io.github.narthex.cli;

import org.jspecify.annotations.Nullable;

/**
 * An option of a command.
 *
 * @param name with its dashes
 * @param value what its value is called in the help text; null if it has none
 * @param repeatable whether it may be given more than once
 * @param description one or more sentences
 */
record Option(String name, @Nullable String value, boolean repeatable, String description) {
  static Option flag(String name, String description) {
    return new Option(name, null, false, description);
  }

  static Option of(String name, String value, String description) {
    return new Option(name, value, false, description);
  }

  static Option repeatable(String name, String value, String description) {
    return new Option(name, value, true, description);
  }
}
