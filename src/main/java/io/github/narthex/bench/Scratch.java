package io.github.narthex.bench;

import io.github.narthex.internal.files.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A temporary directory and the worker processes that use it. Both are gone when this is closed,
 * and also when the JVM is told to end.
 */
final class Scratch implements AutoCloseable {
  private final Path directory;
  private final Set<WorkerProcess> workers = ConcurrentHashMap.newKeySet();
  private final Thread atExit = new Thread(this::clear, "narthex-bench-cleanup");

  private Scratch(Path directory) {
    this.directory = directory;
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  static Scratch create() {
    try {
      return new Scratch(Files.createTempDirectory("narthex-bench-"));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make a temporary directory: " + e.getMessage(), e);
    }
  }

  Path directory() {
    return directory;
  }

  /** Starts a worker that is killed if it still runs at the end. */
  WorkerProcess start(WorkerCommand command, String name) {
    return start(command, name, 0);
  }

  /**
   * The same, with a limit.
   *
   * @param memoryLimitBytes when it has more in RAM, it is killed; 0 without a limit
   */
  WorkerProcess start(WorkerCommand command, String name, long memoryLimitBytes) {
    WorkerProcess worker = WorkerProcess.start(command, directory, name, memoryLimitBytes);
    workers.add(worker);
    return worker;
  }

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
    workers.forEach(WorkerProcess::kill);
    try {
      Trees.delete(directory);
    } catch (IOException | UncheckedIOException e) {
      System.getLogger(Scratch.class.getName())
          .log(System.Logger.Level.WARNING, "cannot delete " + directory, e);
    }
  }
}
