package io.github.narthex.export;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The script while it runs. It and the compilers that it starts end with {@link #close}, which any
 * thread may call, and more than once.
 */
final class ScriptProcess implements AutoCloseable {
  private static final Duration TICK = Duration.ofSeconds(1);

  /** Of what Python says, the end is kept. */
  private static final int KEPT_LINES = 200;

  /** For Python to take back what it has made, before it is killed. */
  private static final long EXIT_PATIENCE_MS = 3_000;

  private final Process process;
  private final BlockingQueue<Optional<String>> lines = new LinkedBlockingQueue<>();
  private final Deque<String> kept = new ArrayDeque<>();
  private ExportLine.@Nullable Failed error;

  private ScriptProcess(Process process) {
    this.process = process;
    Thread.ofPlatform().daemon().name("lines of " + process.pid()).start(this::read);
  }

  /**
   * Starts it.
   *
   * @param output where its standard output goes
   * @param temporary where its temporary files go
   */
  static ScriptProcess start(List<String> words, Path output, Path temporary) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(words).redirectOutput(output.toFile());
    builder.environment().put("TMPDIR", temporary.toString());
    Process process = builder.start();
    process.getOutputStream().close();
    return new ScriptProcess(process);
  }

  /**
   * Waits until it has ended.
   *
   * @return the exit code; empty if it did not end within the limit
   */
  Optional<Integer> await(Duration limit, ExportProgress progress) throws InterruptedException {
    long began = System.nanoTime();
    ExportLine.Stage stage = new ExportLine.Stage(0, 1, "starting Python");
    while (true) {
      Duration elapsed = Duration.ofNanos(System.nanoTime() - began);
      if (elapsed.compareTo(limit) >= 0) {
        return Optional.empty();
      }
      progress.update(stage.number(), stage.of(), stage.what(), elapsed);
      Optional<String> line = lines.poll(TICK.toNanos(), TimeUnit.NANOSECONDS);
      if (line == null) {
        continue;
      }
      if (line.isEmpty()) {
        return Optional.of(process.waitFor());
      }
      switch (ExportLine.parse(line.get())) {
        case ExportLine.Stage next -> stage = next;
        case ExportLine.Failed found -> error = found;
        case ExportLine.Other other -> keep(other.text());
      }
    }
  }

  /** The error that it ended with; empty if it has said none. */
  Optional<ExportLine.Failed> error() {
    return Optional.ofNullable(error);
  }

  /** The last of what else it said. */
  String said() {
    return String.join("\n", kept);
  }

  private void keep(String line) {
    kept.addLast(line);
    if (kept.size() > KEPT_LINES) {
      kept.removeFirst();
    }
  }

  private void read() {
    try (BufferedReader reader = process.errorReader(StandardCharsets.UTF_8)) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        lines.add(Optional.of(line));
      }
    } catch (IOException e) {
      // It has ended in the middle of a line.
    }
    lines.add(Optional.empty());
  }

  @Override
  public void close() {
    List<ProcessHandle> compilers = process.descendants().toList();
    process.destroy();
    compilers.forEach(ProcessHandle::destroyForcibly);
    try {
      if (!process.waitFor(EXIT_PATIENCE_MS, TimeUnit.MILLISECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
