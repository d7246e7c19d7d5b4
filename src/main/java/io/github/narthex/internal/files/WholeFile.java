package io.github.narthex.internal.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.UUID;

/**
 * Files that take their place only when they are complete. What was there is replaced, not written
 * over: someone may have it mapped, and to shorten a mapped file ends the process.
 */
public final class WholeFile {
  private WholeFile() {}

  /** Fills a file that exists and is empty. */
  @FunctionalInterface
  public interface Content {
    /** Writes all of it. */
    void writeTo(Path file) throws IOException;
  }

  /**
   * Writes a file.
   *
   * @throws UncheckedIOException if it can't be written, with the reason; what stood there before
   *     is then unharmed
   */
  public static void write(Path path, Content content) {
    Path target = path.toAbsolutePath();
    try {
      if (Files.isDirectory(target)) { // to move a file there would replace it if it is empty
        throw new IOException("it is a directory");
      }
      // Not a file as createTempFile makes it: the permissions are to be those of any new file.
      Path partial = target.resolveSibling(".narthex-" + UUID.randomUUID() + ".part");
      try {
        Files.createFile(partial);
        content.writeTo(partial);
        Files.move(partial, target, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(partial);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("can't save " + path + ": " + reason(target, e), e);
    }
  }

  /**
   * Why a file can't be written, as far as that can be seen before it is; empty if it can.
   *
   * @param isReplaced whether a new file takes its place, as {@link #write} does; else one that
   *     exists is written to, such as {@code /dev/null}
   */
  public static Optional<String> obstacle(Path path, boolean isReplaced) {
    Path file = path.toAbsolutePath();
    Path folder = file.getParent();
    if (Files.isDirectory(file)) {
      return Optional.of("it is a directory");
    }
    if (folder == null || !Files.isDirectory(folder)) {
      return Optional.of("there is no directory " + folder);
    }
    Path written = isReplaced || !Files.exists(file) ? folder : file;
    return Files.isWritable(written) ? Optional.empty() : Optional.of("permission denied");
  }

  /** That of Java is often no more than the name of a file, here of one that nobody knows. */
  private static String reason(Path target, IOException e) {
    Path folder = target.getParent();
    if (folder != null && !Files.isDirectory(folder)) {
      return "there is no directory " + folder;
    }
    return e instanceof AccessDeniedException
        ? "permission denied"
        : String.valueOf(e.getMessage());
  }
}
