package io.github.narthex.cli;

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
    Path file = Path.of(target).toAbsolutePath();
    Path parent = file.getParent();
    String reason = null;
    if (Files.isDirectory(file)) {
      reason = "it is a directory";
    } else if (parent != null && !Files.isDirectory(parent)) {
      reason = "there is no directory " + parent;
    } else if (Files.exists(file) ? !Files.isWritable(file) : !Files.isWritable(parent)) {
      reason = "permission denied";
    }
    if (reason != null) {
      throw new UncheckedIOException(
          "cannot write " + target + ": " + reason, new IOException(reason));
    }
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
