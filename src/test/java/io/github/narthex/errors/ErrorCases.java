package io.github.narthex.errors;

import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.narthex.Fixtures;
import io.github.narthex.Model;
import io.github.narthex.Shape;
import io.github.narthex.Tensor;
import io.github.narthex.cli.Ran;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.Set;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.function.Executable;

/** What makes each message of a section of {@code docs/errors.md}. */
abstract class ErrorCases {
  /** What was said, and the name of the exception; "" on the command line, which shows none. */
  record Made(String message, String exception) {}

  private final SequencedMap<String, Callable<Made>> cases = new LinkedHashMap<>();
  private final Path root;

  /** Open while the cases are made. */
  final Arena arena;

  /**
   * Without a case yet.
   *
   * @param root where cases have their files
   */
  ErrorCases(Arena arena, Path root) {
    this.arena = arena;
    this.root = root;
  }

  /** The messages that there are cases of, as the page has them. */
  final Set<String> messages() {
    return cases.keySet();
  }

  /** Makes a message; one of {@link #messages}. */
  final Made make(String message) throws Exception {
    return Objects.requireNonNull(cases.get(message)).call();
  }

  /** An exception with that message. */
  final void thrown(String message, Executable thrower) {
    add(
        message,
        () -> {
          Throwable thrown = assertThrows(Throwable.class, thrower);
          return new Made(String.valueOf(thrown.getMessage()), thrown.getClass().getSimpleName());
        });
  }

  /** A text with that message, of a warning or of a process of its own. */
  final void said(String message, Callable<String> speaker) {
    add(message, () -> new Made(speaker.call(), ""));
  }

  /** A command line that ends with that message. */
  final void command(String message, String... words) {
    said(message, () -> told(words));
  }

  private void add(String message, Callable<Made> maker) {
    if (cases.put(message, maker) != null) {
      throw new IllegalArgumentException("two cases of: " + message);
    }
  }

  /** What a command line that can't be followed ends with. */
  static String told(String... words) {
    Ran ran = Ran.run(words);
    assertNotEquals(0, ran.code(), ran.out());
    String start = "narthex: ";
    List<String> lines = ran.err().lines().filter(line -> line.startsWith(start)).toList();
    return lines
        .getLast()
        .substring(start.length())
        .replaceFirst(" \\(see narthex .*--help\\)$", "");
  }

  /** A new and empty directory. */
  final Path folder() throws IOException {
    return Files.createTempDirectory(root, "case");
  }

  /** A fixture's path as a word of a command line. */
  static String fixture(String name) {
    return Fixtures.path(name).toString();
  }

  final Model load(String fixture) {
    return Model.load(arena, Fixtures.path(fixture));
  }

  final Model script(String source) {
    return Model.script(arena, source);
  }

  final Tensor zeros(long... dims) {
    return Tensor.of(arena, new float[(int) Shape.of(dims).elementCount()], dims);
  }
}
