package io.github.narthex.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A worker that is a process of its own. Its standard error goes to a log file. */
final class WorkerProcess implements Worker {
  private static final long EXIT_PATIENCE_MS = 5_000;

  /** How often memory is looked at where it has a limit. */
  private static final long LOOK_NANOS = 50_000_000;

  private final Protocol protocol = new Protocol();
  private final Process process;
  private final CrashEvidence evidence;
  private final MemoryLimit memoryLimit;
  private final Writer requests;
  private final BlockingQueue<Optional<String>> lines = new LinkedBlockingQueue<>();
  private PeakMemory peak = PeakMemory.NONE;

  private WorkerProcess(Process process, MemoryLimit memoryLimit, CrashEvidence evidence) {
    this.process = process;
    this.memoryLimit = memoryLimit;
    this.evidence = evidence;
    this.requests = process.outputWriter(StandardCharsets.UTF_8);
    Thread.ofPlatform().daemon().name("answers of " + process.pid()).start(this::read);
  }

  /**
   * Starts one.
   *
   * @param directory for its log files
   * @param name what the files are called
   * @param memoryLimitBytes when it has more in RAM while it works, it is killed; 0 without a limit
   */
  static WorkerProcess start(
      WorkerCommand command, Path directory, String name, long memoryLimitBytes) {
    CrashEvidence evidence = CrashEvidence.collect(directory, name);
    WorkerCommand full =
        command.withFlags("-XX:ErrorFile=" + evidence.errorFile(), "-XX:-CreateCoredumpOnCrash");
    ProcessBuilder builder = new ProcessBuilder(full.words());
    builder.redirectError(evidence.log().toFile());
    try {
      Process process = builder.start();
      return new WorkerProcess(process, MemoryLimit.of(process.pid(), memoryLimitBytes), evidence);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start a worker: " + e.getMessage(), e);
    }
  }

  @Override
  public Protocol.Reply ask(Protocol.Request request, Duration timeout) {
    try {
      requests.write(protocol.encode(request));
      requests.write('\n');
      requests.flush();
    } catch (IOException e) {
      throw gone();
    }
    Protocol.Answer answer = await(System.nanoTime() + timeout.toNanos());
    if (answer == null) {
      process.destroyForcibly();
      throw new WorkerFailure(
          Status.TIMEOUT,
          "no answer within %d s to: %s"
              .formatted(Math.max(1, timeout.toSeconds()), request.getClass().getSimpleName()));
    }
    peak = peak.max(answer.peak());
    if (answer.reply() instanceof Protocol.Failure failure) {
      throw new WorkerFailure(failure);
    }
    return answer.reply();
  }

  @Override
  public PeakMemory peak() {
    return peak;
  }

  @Override
  public void close() {
    kill();
    try {
      // Its memory is needed by others.
      boolean _ = process.waitFor(EXIT_PATIENCE_MS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether the process still runs. */
  boolean isAlive() {
    return process.isAlive();
  }

  /** Ends the process without asking. */
  void kill() {
    process.destroyForcibly();
  }

  private Protocol.@Nullable Answer await(long deadlineNanos) {
    try {
      while (true) {
        long left = deadlineNanos - System.nanoTime();
        Optional<String> line =
            lines.poll(
                memoryLimit.isSet() ? Math.min(left, LOOK_NANOS) : left, TimeUnit.NANOSECONDS);
        if (line == null) {
          keepToMemoryLimit();
          if (deadlineNanos - System.nanoTime() <= 0) {
            return null;
          }
          continue;
        }
        if (line.isEmpty()) {
          // Stays there for whoever asks next.
          lines.add(line);
          throw gone();
        }
        Protocol.Answer answer = protocol.answer(line.get());
        if (answer != null) {
          return answer;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      kill();
      throw new WorkerFailure(Status.FAILED, "interrupted");
    }
  }

  private void keepToMemoryLimit() {
    if (memoryLimit.isExceeded()) {
      kill();
      throw new WorkerFailure(Status.OUT_OF_MEMORY, memoryLimit.reason());
    }
  }

  private void read() {
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        lines.add(Optional.of(line));
      }
    } catch (IOException e) {
      // The same as an end: whoever waits will look at how the process ended.
    } finally {
      lines.add(Optional.empty());
    }
  }

  /** What to throw when the process has closed its streams: how it ended. */
  private WorkerFailure gone() {
    try {
      if (!process.waitFor(EXIT_PATIENCE_MS, TimeUnit.MILLISECONDS)) {
        kill();
        return new WorkerFailure(Status.CRASHED, "closed its streams but did not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      kill();
      return new WorkerFailure(Status.FAILED, "interrupted");
    }
    return evidence.explain(process.exitValue());
  }
}
