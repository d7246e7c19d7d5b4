package io.github.narthex.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/** The files that a command's options name for its result, of which one can be standard output. */
final class ResultFiles {
  private final Map<String, String> targets = new LinkedHashMap<>();

  private ResultFiles() {}

  /**
   * Checks that all can be written.
   *
   * @param options which of them name files
   * @throws UsageException if two are standard output
   * @throws java.io.UncheckedIOException if one can't be written
   */
  static ResultFiles of(Arguments arguments, String... options) {
    ResultFiles files = new ResultFiles();
    String first = null;
    for (String option : options) {
      String target = arguments.value(option);
      if (ResultFile.STANDARD_OUTPUT.equals(target)) {
        if (first != null) {
          throw new UsageException(
              "only one of " + first + " and " + option + " can be standard output");
        }
        first = option;
      }
      if (target != null) {
        files.targets.put(option, target);
      }
    }
    files.targets.values().forEach(ResultFile::check);
    return files;
  }

  /** Whether one of them is standard output. */
  boolean takeStandardOutput() {
    return targets.containsValue(ResultFile.STANDARD_OUTPUT);
  }

  /**
   * Writes what an option names a file for; nothing if it was not given.
   *
   * @throws java.io.UncheckedIOException if that fails
   */
  void write(String option, Supplier<String> text, Streams streams) {
    String target = targets.get(option);
    if (target != null) {
      ResultFile.write(target, text.get(), streams.out());
    }
  }
}
