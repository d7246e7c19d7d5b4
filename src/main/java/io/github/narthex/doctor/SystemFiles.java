package io.github.narthex.doctor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * The small files by which Linux tells of itself. One that can't be read has no lines.
 *
 * @param root the directory that holds {@code proc} and {@code sys}
 */
record SystemFiles(Path root) {
  private static final long BYTES_PER_KIB = 1024;

  List<String> lines(String file) {
    try (Stream<String> lines = Files.lines(root.resolve(file))) {
      return lines.toList();
    } catch (IOException | UncheckedIOException e) {
      return List.of();
    }
  }

  /** The first line, if there is one that is not blank. */
  Optional<String> first(String file) {
    return lines(file).stream().findFirst().map(String::strip).filter(line -> !line.isEmpty());
  }

  /** What stands after {@code key:} in the first line that begins so. */
  Optional<String> value(String file, String key) {
    return lines(file).stream()
        .filter(line -> line.startsWith(key + ":"))
        .findFirst()
        .map(line -> line.substring(line.indexOf(':') + 1).strip());
  }

  /** A line of {@code /proc/meminfo}. */
  OptionalLong memoryBytes(String key) {
    String[] words = value("proc/meminfo", key).orElse("").split("\\s+", -1);
    try {
      return OptionalLong.of(BYTES_PER_KIB * Long.parseLong(words[0]));
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  /** The entries of a directory in the order of their names; none if it can't be read. */
  List<Path> entries(String directory) {
    try (Stream<Path> entries = Files.list(root.resolve(directory))) {
      return entries.sorted().toList();
    } catch (IOException | UncheckedIOException e) {
      return List.of();
    }
  }

  /** The shared libraries that this process has mapped, each once. */
  List<String> mappedLibraries() {
    return lines("proc/self/maps").stream()
        .filter(line -> line.indexOf('/') >= 0)
        .map(line -> line.substring(line.indexOf('/')))
        .filter(path -> path.substring(path.lastIndexOf('/')).contains(".so"))
        .distinct()
        .toList();
  }
}
