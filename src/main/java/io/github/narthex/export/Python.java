package io.github.narthex.export;

import io.github.narthex.UnsupportedException;
import io.github.narthex.internal.text.Versions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A Python, and what it has. Immutable.
 *
 * @param program where it is
 * @param version its own version, for example {@code 3.11.7}
 * @param torch the version of its torch, for example {@code 2.15.0+cpu}; null if it has none
 */
public record Python(Path program, String version, @Nullable String torch) {
  /** The environment variable that names a Python. */
  public static final String VARIABLE = "NARTHEX_PYTHON";

  /** How long one may take to answer; a cold disk takes a few seconds. */
  public static final Duration LIMIT = Duration.ofSeconds(10);

  /** Directories of environments, which have a {@code bin}: that of the active one is set. */
  private static final List<String> ENVIRONMENTS = List.of("VIRTUAL_ENV", "CONDA_PREFIX");

  private static final List<String> NAMES = List.of("python3", "python");

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

  /**
   * The Python to use: that of {@link #VARIABLE}, of the active environment, or the first on PATH.
   *
   * @param variables the environment
   * @return empty if there is none
   */
  public static Optional<Path> find(Map<String, String> variables) {
    String named = variables.get(VARIABLE);
    if (named != null && !named.isEmpty()) {
      return Optional.of(Path.of(named));
    }
    Stream<String> active =
        ENVIRONMENTS.stream()
            .map(name -> variables.getOrDefault(name, ""))
            .filter(directory -> !directory.isEmpty())
            .map(directory -> directory + "/bin");
    Stream<String> path = Stream.of(variables.getOrDefault("PATH", "").split(":", -1));
    return Stream.concat(active, path)
        .filter(directory -> !directory.isEmpty())
        .flatMap(directory -> NAMES.stream().map(name -> directory + "/" + name))
        .filter(Python::isProgram)
        .map(Path::of)
        .findFirst();
  }

  private static boolean isProgram(String text) {
    try {
      Path file = Path.of(text);
      return Files.isRegularFile(file) && Files.isExecutable(file);
    } catch (InvalidPathException e) {
      return false;
    }
  }

  /**
   * Asks one what it has. Does not import torch, which takes seconds.
   *
   * @param limit how long it may take to answer
   * @throws IOException if it can't be started, does not answer, or answers something else
   * @throws InterruptedException if the thread is interrupted meanwhile
   */
  public static Python ask(Path program, Duration limit) throws IOException, InterruptedException {
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
    return new Python(program, lines.getFirst(), lines.get(1).equals("none") ? null : lines.get(1));
  }

  /**
   * One that can compile for a libtorch.
   *
   * @param named by the user; null to look for one
   * @param variables the environment
   * @param libtorch the version that is to run what it compiles
   * @throws UnsupportedException if there is no Python
   * @throws UnsupportedException if it does not work
   * @throws UnsupportedException if it has no torch, or one of another version
   */
  public static Python forLibtorch(
      @Nullable Path named, Map<String, String> variables, String libtorch) {
    Path program =
        Optional.ofNullable(named)
            .or(() -> find(variables))
            .orElseThrow(
                () ->
                    new UnsupportedException(
                        "no Python was found (%s, the active environment, python3 on PATH), and"
                                .formatted(VARIABLE)
                            + " exporting needs one with torch "
                            + libtorch));
    Python python;
    try {
      python = ask(program, LIMIT);
    } catch (IOException e) {
      throw new UnsupportedException(program + " does not work: " + e.getMessage(), "", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnsupportedException(program + " was not asked: interrupted", "", e);
    }
    python.requireTorch(libtorch);
    return python;
  }

  /** Packages call functions of libtorch that differ between minor versions. */
  private void requireTorch(String libtorch) {
    String found = "%s (Python %s) has ".formatted(program, version);
    String cure =
        ": %s -m pip install torch==%s, or name another by --python or %s"
            .formatted(program, withoutBuild(libtorch), VARIABLE);
    if (torch == null) {
      throw new UnsupportedException(found + "no torch, which exporting needs" + cure);
    }
    // Patches read each other's files.
    if (Versions.compareMinor(torch, libtorch) != 0) {
      throw new UnsupportedException(
          found
              + "torch %s, and a package is for the version that compiled it, here libtorch is %s"
                  .formatted(torch, libtorch)
              + cure);
    }
  }

  private static String withoutBuild(String version) {
    return version.split("\\+", 2)[0];
  }
}
