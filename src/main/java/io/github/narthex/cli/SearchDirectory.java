package io.github.narthex.cli;

import io.github.narthex.internal.files.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/**
 * Where a search keeps what it has found out until its bundle is written: beside the bundle.
 *
 * @param path the directory
 */
record SearchDirectory(Path path) {
  /** What was searched for, so that only the same search goes on. */
  private static final String IDENTITY = "search.txt";

  private static final String SUFFIX = ".search";

  static SearchDirectory beside(Path output) {
    Path absolute = output.toAbsolutePath().normalize();
    return new SearchDirectory(absolute.resolveSibling(absolute.getFileName() + SUFFIX));
  }

  /**
   * Makes it, or goes on with it.
   *
   * @param identity what is searched for, a line each
   * @throws UsageException if it belongs to another search
   * @throws UncheckedIOException if it can't be made
   */
  void open(List<String> identity, boolean resume, Consumer<String> say) {
    Path file = path.resolve(IDENTITY);
    try {
      if (resume && Files.exists(file)) {
        List<String> before = Files.readAllLines(file);
        if (!before.equals(identity)) {
          throw new UsageException(
              "--resume: the search in %s was for something else: %s"
                  .formatted(path, difference(before, identity)));
        }
        say.accept("going on with the search in " + path);
        return;
      }
      if (resume) {
        say.accept("there is no search to go on with in %s: it begins".formatted(path));
      }
      delete();
      Files.createDirectories(path);
      Files.write(file, identity);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + path + ": " + e.getMessage(), e);
    }
  }

  private static String difference(List<String> before, List<String> now) {
    for (int i = 0; i < Math.min(before.size(), now.size()); i++) {
      if (!before.get(i).equals(now.get(i))) {
        return "'%s', and now '%s'".formatted(before.get(i), now.get(i));
      }
    }
    return "it has other inputs";
  }

  /**
   * Deletes it, if it is one.
   *
   * @throws UncheckedIOException if that fails
   */
  void delete() {
    if (!Files.exists(path)) {
      return;
    }
    if (!Files.exists(path.resolve(IDENTITY))) {
      String reason = path + " is in the way, and is no search";
      throw new UncheckedIOException(reason, new IOException(reason));
    }
    try {
      Trees.delete(path);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + path + ": " + e.getMessage(), e);
    }
  }
}
