package io.github.narthex.doctor;

import com.google.gson.Gson;
import com.google.gson.JsonSyntaxException;
import io.github.narthex.bench.CrashEvidence;
import io.github.narthex.bench.WorkerCommand;
import io.github.narthex.bench.WorkerFailure;
import io.github.narthex.internal.files.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Has libtorch loaded by a process of its own, which may crash or hang.
 *
 * @param command starts the process; the file for its report is added as the last argument
 * @param limit how long it may take
 */
record LibtorchProbe(WorkerCommand command, Duration limit) {
  /** A hundred times what it takes, on a machine that has libtorch in memory. */
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private static final int DETAIL_LINES = 20;

  /** With the flags and class path of this JVM. */
  static LibtorchProbe likeThisJvm() {
    return new LibtorchProbe(WorkerCommand.likeThisJvm(ProbeMain.class), LIMIT);
  }

  /** What the process found. That it failed is part of it. */
  LibtorchReport report() {
    Path directory = null;
    try {
      directory = Files.createTempDirectory("narthex-doctor-");
      return report(directory);
    } catch (IOException e) {
      return failed(LibtorchReport.NOTHING, "no process can be started to load it: " + e, "");
    } finally {
      delete(directory);
    }
  }

  private LibtorchReport report(Path directory) throws IOException {
    Path file = directory.resolve("report.json");
    CrashEvidence evidence = CrashEvidence.collect(directory, "doctor");
    ProcessBuilder builder =
        new ProcessBuilder(
            command
                .withFlags("-XX:ErrorFile=" + evidence.errorFile(), "-XX:-CreateCoredumpOnCrash")
                .withArgument(file.toString())
                .words());
    builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    builder.redirectError(evidence.log().toFile());
    Process process = builder.start();
    try {
      if (!process.waitFor(limit.toNanos(), TimeUnit.NANOSECONDS)) {
        process.destroyForcibly().waitFor();
        return failed(
            read(file), "loading it did not end within %d s".formatted(limit.toSeconds()), "");
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      return failed(read(file), "interrupted while it was loaded", "");
    }
    if (process.exitValue() != 0) {
      WorkerFailure failure = evidence.explain(process.exitValue());
      // Of a JVM's report on a crash, the head; the message says where all of it is.
      String detail =
          failure.detail().lines().limit(DETAIL_LINES).collect(Collectors.joining("\n"));
      return failed(
          read(file),
          "the process that loads libtorch did not end well: " + failure.reason(),
          detail);
    }
    return read(file);
  }

  private static LibtorchReport read(Path file) throws IOException {
    if (!Files.exists(file)) {
      return LibtorchReport.NOTHING;
    }
    try {
      LibtorchReport report = new Gson().fromJson(Files.readString(file), LibtorchReport.class);
      return report == null ? LibtorchReport.NOTHING : report;
    } catch (JsonSyntaxException e) {
      return LibtorchReport.NOTHING; // it ended while it wrote
    }
  }

  private static LibtorchReport failed(LibtorchReport report, String message, String detail) {
    return report.failed(message, detail, report.mapped());
  }

  private static void delete(@Nullable Path directory) {
    try {
      if (directory != null) {
        Trees.delete(directory);
      }
    } catch (IOException e) {
      // Left to whoever clears the temporary directory.
    }
  }
}
