package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.function.Executable;

final class MoreAssertions {
  private MoreAssertions() {}

  /** Whether an exception of that type comes, with a message of one line that says so much. */
  static <T extends Throwable> T assertThrowsWith(Class<T> type, String part, Executable body) {
    T thrown = assertThrows(type, body);
    String message = String.valueOf(thrown.getMessage());
    assertTrue(message.contains(part), () -> "'" + part + "' is not in: " + message);
    assertFalse(message.contains("\n"), () -> "more than a line: " + message);
    return thrown;
  }
}
