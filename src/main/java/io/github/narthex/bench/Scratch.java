package io.github.narthex.bench;

import io.github.narthex.internal.files.TemporaryDirectory;
import java.nio.file.Path;

/**
 * A temporary directory and the worker processes that use it. Both are gone when this is closed,
 * and also when the JVM is told to end.
 */
final class Scratch implements AutoCloseable {
  private final TemporaryDirectory directory;

  private Scratch(TemporaryDirectory directory) {
    this.directory = directory;
  }

  static Scratch create() {
    return new Scratch(TemporaryDirectory.create("narthex-bench-"));
  }

  Path directory() {
    return directory.path();
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
    WorkerProcess worker = WorkerProcess.start(command, directory(), name, memoryLimitBytes);
    directory.beforeDelete(worker::kill);
    return worker;
  }

  @Override
  public void close() {
    directory.close();
  }
}
