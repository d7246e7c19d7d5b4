package io.github.narthex.internal.files;

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
public record SystemFiles(Path root) {
  private static final long BYTES_PER_KIB = 1024;

  /** The files of this machine. */
  public static SystemFiles ofThisMachine() {
    return new SystemFiles(Path.of("/"));
  }

  /** A file's lines; none if it can't be read. */
  public static List<String> linesOf(Path file) {
    try (Stream<String> lines = Files.lines(file)) {
      return lines.toList();
    } catch (IOException | UncheckedIOException e) {
      return List.of();
    }
  }

  /** The lines of a file below the root; none if it can't be read. */
  public List<String> lines(String file) {
    return linesOf(root.resolve(file));
  }

  /** The first line, if there is one that is not blank. */
  public Optional<String> first(String file) {
    return lines(file).stream().findFirst().map(String::strip).filter(line -> !line.isEmpty());
  }

  /** What stands after {@code key:} in the first line that begins so. */
  public Optional<String> value(String file, String key) {
    return lines(file).stream()
        .filter(line -> line.startsWith(key + ":"))
        .findFirst()
        .map(line -> line.substring(line.indexOf(':') + 1).strip());
  }

  /** A line of {@code /proc/meminfo}. */
  public OptionalLong memoryBytes(String key) {
    OptionalLong kib = number(value("proc/meminfo", key).orElse("").replaceFirst(" .*", ""));
    return kib.isPresent() ? OptionalLong.of(BYTES_PER_KIB * kib.getAsLong()) : kib;
  }

  /** The whole number after a word at the start of a line, or 0. */
  public static long number(List<String> lines, String word) {
    for (String line : lines) {
      String[] fields = line.split("\\s+", -1);
      if (fields.length > 1 && fields[0].equals(word)) {
        return number(fields[1]).orElse(0);
      }
    }
    return 0;
  }

  /** A whole number; empty where there is none, such as in {@code max}. */
  public static OptionalLong number(String text) {
    try {
      return OptionalLong.of(Long.parseLong(text.strip()));
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  /** The entries of a directory in the order of their names; none if it can't be read. */
  public List<Path> entries(String directory) {
    try (Stream<Path> entries = Files.list(root.resolve(directory))) {
      return entries.sorted().toList();
    } catch (IOException | UncheckedIOException e) {
      return List.of();
    }
  }

  /** The shared libraries that this process has mapped, each once. */
  public List<String> mappedLibraries() {
    return lines("proc/self/maps").stream()
        .filter(line -> line.indexOf('/') >= 0)
        .map(line -> line.substring(line.indexOf('/')))
        .filter(path -> path.substring(path.lastIndexOf('/')).contains(".so"))
        .distinct()
        .toList();
  }
}
