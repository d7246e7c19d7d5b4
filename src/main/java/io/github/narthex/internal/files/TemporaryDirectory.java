package io.github.narthex.internal.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;

/**
 * A directory that is gone when this is closed, and also when the JVM is told to end; with it,
 * those who use it.
 */
public final class TemporaryDirectory implements AutoCloseable {
  private final Path path;
  private final Deque<Runnable> ends = new ConcurrentLinkedDeque<>();
  private final Thread atExit = new Thread(this::clear, "end of temporary directory");

  private TemporaryDirectory(Path path) {
    this.path = path;
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  /**
   * Makes one.
   *
   * @param prefix what its name begins with
   * @throws UncheckedIOException if it can't be made
   */
  public static TemporaryDirectory create(String prefix) {
    try {
      return new TemporaryDirectory(Files.createTempDirectory(prefix));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make a temporary directory: " + e.getMessage(), e);
    }
  }

  /** Where it is. */
  public Path path() {
    return path;
  }

  /** Has something done before the directory is deleted, by whatever thread that is. */
  public void beforeDelete(Runnable end) {
    ends.addFirst(end);
  }

  /** Deletes it; where that fails, a warning is logged. */
  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException e) {
      // The JVM is ending, and the hook runs or has run.
    }
    clear();
  }

  private void clear() {
    ends.forEach(Runnable::run);
    try {
      Trees.delete(path);
    } catch (IOException | UncheckedIOException e) {
      System.getLogger(TemporaryDirectory.class.getName())
          .log(System.Logger.Level.WARNING, "cannot delete " + path, e);
    }
  }
}
