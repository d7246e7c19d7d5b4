package io.github.narthex.doctor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Python, which models are exported with; nothing needs it at run time.
 *
 * @param path the environment variable PATH
 * @param libtorch the version that runs here; null if it is not known
 * @param limit how long Python may take to answer
 */
record PythonChecks(String path, @Nullable String libtorch, Duration limit) {
  static final Duration LIMIT = Duration.ofSeconds(10);

  /** Asks for torch's version without importing it, which would take seconds. */
  private static final String QUESTION =
      """
      import sys
      print(sys.version.split()[0])
      try:
          from importlib import metadata
          print(metadata.version("torch"))
      except Exception:
          print("none")
      """;

  private static final String INSTALL = "to export models: pip install torch";

  Section section() {
    return new Checklist("export").add("Python", this::python).section();
  }

  private Finding python() {
    Optional<Path> program = program();
    if (program.isEmpty()) {
      return Finding.ok("no python3 on PATH; only exporting models needs it");
    }
    String found = program.get().toString();
    List<String> answer;
    try {
      answer = ask(program.get());
    } catch (IOException e) {
      return Finding.warning(
          found + " does not work: " + e.getMessage(),
          "see what it says to -c 'print(1)'; only exporting models needs it");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Finding.ok(found + ", which was not asked: interrupted");
    }
    String torch = answer.get(1);
    found += ", version " + answer.getFirst();
    if (torch.equals("none")) {
      return Finding.ok(found + ", without torch", INSTALL);
    }
    found += ", torch " + torch;
    return libtorch != null && isLater(torch, libtorch)
        ? Finding.warning(
            found + ", later than libtorch " + libtorch,
            "export with torch %s, or use a later libtorch: it may not know all operators of the"
                    .formatted(libtorch)
                + " file")
        : Finding.ok(found);
  }

  private Optional<Path> program() {
    for (String directory : path.split(":", -1)) {
      try {
        Path program = Path.of(directory, "python3");
        if (!directory.isEmpty() && Files.isRegularFile(program) && Files.isExecutable(program)) {
          return Optional.of(program);
        }
      } catch (InvalidPathException e) {
        // No program can be there.
      }
    }
    return Optional.empty();
  }

  /** The two lines that it prints. */
  private List<String> ask(Path program) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(program.toString(), "-c", QUESTION)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    process.getOutputStream().close();
    // Two lines fit into a pipe, so that they can be read when it has ended.
    if (!process.waitFor(limit.toNanos(), TimeUnit.NANOSECONDS)) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      throw new IOException("no answer within %d s".formatted(limit.toSeconds()));
    }
    List<String> lines =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
            .lines()
            .toList();
    if (lines.size() != 2) {
      throw new IOException(
          "it ended with exit code %d, and did not answer".formatted(process.exitValue()));
    }
    return lines;
  }

  /** By the first two numbers: patches read each other's files. */
  private static boolean isLater(String version, String other) {
    int[] one = numbers(version);
    int[] two = numbers(other);
    return one[0] > two[0] || (one[0] == two[0] && one[1] > two[1]);
  }

  private static int[] numbers(String version) {
    String[] parts = version.split("[^0-9]+", 3);
    return parts.length < 2 || parts[0].isEmpty() || parts[1].isEmpty()
        ? new int[] {0, 0}
        : new int[] {Integer.parseInt(parts[0]), Integer.parseInt(parts[1])};
  }
}
