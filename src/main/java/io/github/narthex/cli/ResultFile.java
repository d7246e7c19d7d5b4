package io.github.narthex.cli;

import io.github.narthex.internal.files.WholeFile;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A file that an option names for a result, or standard output for {@code -}. */
final class ResultFile {
  static final String STANDARD_OUTPUT = "-";

  private ResultFile() {}

  /**
   * Checks that a file can be written, so that this is not found out after minutes of work.
   *
   * @param target the option's value; null if it was not given
   * @throws UncheckedIOException if it can't
   */
  static void check(@Nullable String target) {
    if (target == null || target.equals(STANDARD_OUTPUT)) {
      return;
    }
    WholeFile.obstacle(Path.of(target), false)
        .ifPresent(
            reason -> {
              throw new UncheckedIOException(
                  "cannot write " + target + ": " + reason, new IOException(reason));
            });
  }

  /**
   * Writes a text.
   *
   * @throws UncheckedIOException if that fails
   */
  static void write(String target, String text, PrintStream out) {
    if (target.equals(STANDARD_OUTPUT)) {
      out.print(text);
      return;
    }
    try {
      Files.writeString(Path.of(target), text);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + target + ": " + e.getMessage(), e);
    }
  }
}
