package io.github.narthex.bundle;

import java.nio.file.Path;

/** A configuration file that can't be read, or contradicts itself. The message says where. */
public final class ConfigurationException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final String file;
  private final int line;
  private final int column;

  /**
   * An exception whose message is {@code file:line:column: problem}.
   *
   * @param line from 1; 0 if it is about the file as a whole
   * @param column from 1; 0 if it is about the file as a whole
   */
  ConfigurationException(Path file, int line, int column, String problem) {
    super(
        (line == 0 ? "%s: " : "%s:%d:%d: ").formatted(file, line, column)
            + problem.strip().replaceAll("\\s*\\R\\s*", " "));
    this.file = file.toString();
    this.line = line;
    this.column = column;
  }

  /** The file, as it was named. */
  public Path file() {
    return Path.of(file);
  }

  /** The line, from 1; 0 if it is about the file as a whole. */
  public int line() {
    return line;
  }

  /** The column, from 1; 0 if it is about the file as a whole. */
  public int column() {
    return column;
  }
}
