package io.github.narthex.internal.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Directories that take their place only when they are complete. One that stood there is put aside
 * first, and deleted afterwards: whoever has a file of it open keeps it.
 */
public final class WholeDirectory {
  private WholeDirectory() {}

  /** Fills a directory that exists and is empty. */
  @FunctionalInterface
  public interface Content {
    /** Writes all of it. */
    void writeTo(Path directory) throws IOException;
  }

  /**
   * Checks that a directory can be written there, so that this is not found out after minutes of
   * work.
   *
   * @param isReplaceable whether a directory that stands there and is not empty may be replaced
   * @param expected what such a directory is, for the message
   * @throws UncheckedIOException if it can't, with the reason
   */
  public static void check(Path path, Predicate<Path> isReplaceable, String expected) {
    Path target = path.toAbsolutePath();
    Path parent = target.getParent();
    String reason = null;
    if (Files.isDirectory(target)) {
      if (!isReplaceable.test(target) && !isEmpty(target)) {
        reason = "it is a directory with other things in it, and not " + expected;
      }
    } else if (Files.exists(target)) {
      reason = "it is a file";
    } else if (parent != null && !Files.isDirectory(parent)) {
      reason = "there is no directory " + parent;
    }
    if (reason == null && parent != null && !Files.isWritable(parent)) {
      reason = "permission denied";
    }
    if (reason != null) {
      throw new UncheckedIOException(
          "can't write %s: %s".formatted(path, reason), new IOException(reason));
    }
  }

  private static boolean isEmpty(Path directory) {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.findAny().isEmpty();
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Writes a directory.
   *
   * @param isReplaceable as for {@link #check}
   * @throws UncheckedIOException if it can't be written, with the reason; what stood there before
   *     is then unharmed
   */
  public static void write(
      Path path, Predicate<Path> isReplaceable, String expected, Content content) {
    check(path, isReplaceable, expected);
    try {
      // A link stays one: what it leads to is replaced.
      Path target = Files.exists(path) ? path.toRealPath() : path.toAbsolutePath();
      Path partial = sibling(target, ".part");
      try {
        Files.createDirectory(partial);
        content.writeTo(partial);
        takePlace(partial, target);
      } finally {
        Trees.delete(partial);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("can't write %s: %s".formatted(path, reason(e)), e);
    }
  }

  private static void takePlace(Path partial, Path target) throws IOException {
    if (!Files.exists(target) || isEmpty(target)) {
      Files.move(partial, target, StandardCopyOption.REPLACE_EXISTING);
      return;
    }
    Path old = sibling(target, ".old");
    Files.move(target, old, StandardCopyOption.ATOMIC_MOVE);
    try {
      Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      Files.move(old, target, StandardCopyOption.ATOMIC_MOVE);
      throw e;
    }
    try {
      Trees.delete(old);
    } catch (IOException e) { // the new one stands
      System.getLogger(WholeDirectory.class.getName())
          .log(System.Logger.Level.WARNING, "cannot delete " + old, e);
    }
  }

  private static Path sibling(Path target, String end) {
    return target.resolveSibling(".narthex-" + UUID.randomUUID() + end);
  }

  private static String reason(IOException e) {
    return switch (e) {
      case AccessDeniedException _ -> "permission denied";
      case NoSuchFileException missing -> "there is no " + missing.getFile();
      case DirectoryNotEmptyException _ -> "somebody else has written there meanwhile";
      default -> String.valueOf(e.getMessage());
    };
  }
}
