package io.github.narthex.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What tells why a worker ended.
 *
 * @param log the worker's standard error
 * @param errorFile where its JVM writes what it knows of a fatal error
 * @param facts of this machine
 * @param killsBefore how often the kernel had killed for want of memory when the worker started
 * @param keptReports where a JVM's report goes that somebody may want to read later
 */
public record CrashEvidence(
    Path log, Path errorFile, ProcessFacts facts, long killsBefore, Path keptReports) {
  /** An exit code above this is a signal's number plus this. */
  private static final int SIGNAL_BASE = 128;

  private static final int SIGKILL = 9;

  private static final Map<Integer, String> SIGNALS =
      Map.of(
          2, "SIGINT", 4, "SIGILL", 6, "SIGABRT", 7, "SIGBUS", 8, "SIGFPE", 9, "SIGKILL", 11,
          "SIGSEGV", 15, "SIGTERM");

  private static final int LOG_TAIL_LINES = 20;

  /**
   * Begins to collect, before the worker is started.
   *
   * @param directory for the log and the error file
   * @param name what they are called
   */
  public static CrashEvidence collect(Path directory, String name) {
    String file = name.replaceAll("[^A-Za-z0-9+=.-]", "_");
    file = file.substring(0, Math.min(file.length(), 100));
    ProcessFacts facts = ProcessFacts.ofThisProcess();
    return new CrashEvidence(
        directory.resolve(file + ".log"),
        directory.resolve(file + ".hs_err"),
        facts,
        facts.outOfMemoryKills(),
        Path.of(System.getProperty("java.io.tmpdir", "/tmp")));
  }

  /** Says how a process with that exit code ended. */
  public WorkerFailure explain(int exitCode) {
    List<String> lines = lines(log);
    String tail =
        String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_TAIL_LINES), lines.size()));
    int signal = exitCode - SIGNAL_BASE;
    if (signal == SIGKILL && facts.outOfMemoryKills() > killsBefore) {
      return new WorkerFailure(
          Status.OUT_OF_MEMORY, "killed by the kernel, which was out of memory", "", tail);
    }
    if (tail.contains("java.lang.OutOfMemoryError") || nativeMemoryIsShort()) {
      return new WorkerFailure(Status.OUT_OF_MEMORY, "its JVM ran out of memory", "", tail);
    }
    String fatal = fatalError();
    if (fatal != null) {
      return new WorkerFailure(
          Status.CRASHED, fatal + keep(), "", String.join("\n", lines(errorFile)));
    }
    if (signal > 0 && SIGNALS.containsKey(signal)) {
      return new WorkerFailure(
          Status.CRASHED,
          "ended by signal %d (%s)".formatted(signal, SIGNALS.get(signal)),
          "",
          tail);
    }
    String last = lines.isEmpty() ? "" : ": " + lines.getLast().strip();
    return new WorkerFailure(Status.CRASHED, "ended with exit code " + exitCode + last, "", tail);
  }

  /** Whether the JVM's own report says that it could not get memory from the system. */
  private boolean nativeMemoryIsShort() {
    return lines(errorFile).stream()
        .anyMatch(line -> line.startsWith("# There is insufficient memory for the Java Runtime"));
  }

  /** The signal and the place in the JVM's own report, such as {@code SIGSEGV in libx.so+0x1}. */
  private @Nullable String fatalError() {
    String signal = null;
    List<String> report = lines(errorFile);
    for (int i = 0; i < report.size(); i++) {
      String line = report.get(i);
      if (line.matches("#\\s+(SIG[A-Z]+|Internal Error).*")) {
        signal = line.replaceFirst("#\\s+", "").replaceFirst("\\s+\\(.*", "");
      }
      if (signal != null && line.startsWith("# Problematic frame:") && i + 1 < report.size()) {
        return signal + " in " + report.get(i + 1).replaceFirst("#\\s+", "").strip();
      }
    }
    return signal;
  }

  /** Copies the JVM's report to where it is not deleted, and says where; nothing if it can't. */
  private String keep() {
    try {
      Path kept = Files.createTempFile(keptReports, "narthex-hs_err-", ".log");
      Files.copy(errorFile, kept, StandardCopyOption.REPLACE_EXISTING);
      return "; report: " + kept;
    } catch (IOException e) {
      return "";
    }
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1).lines().toList();
    } catch (IOException e) {
      return List.of();
    }
  }
}
