package io.github.narthex;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Runs a main class in a JVM of its own, which a defect of native code may end. */
public final class ForkedJvm {
  private static final int LIMIT_SECONDS = 300;

  private final List<String> options = new ArrayList<>();
  private final Map<String, String> environment = new HashMap<>();
  private final Path folder;
  private boolean nativeAccess = true;

  /**
   * A JVM that can use the library under test.
   *
   * @param folder where it runs
   */
  public ForkedJvm(Path folder) {
    this.folder = folder;
    options.add("-Xmx512m");
  }

  public ForkedJvm option(String option) {
    options.add(option);
    return this;
  }

  public ForkedJvm environment(String name, String value) {
    environment.put(name, value);
    return this;
  }

  /** Without the flag that permits native access. */
  public ForkedJvm withoutNativeAccess() {
    nativeAccess = false;
    return this;
  }

  /** How a run ended, and what it wrote. */
  public record Outcome(int exitCode, String output, String errors) {
    /** Fails unless the run ended by itself, with that exit code. */
    public Outcome assertExit(int expected) {
      assertEquals(expected, exitCode, () -> output + errors);
      return this;
    }
  }

  /** Runs it; fails if the JVM crashes. */
  public Outcome run(Class<?> main, String... arguments) {
    Path output = folder.resolve("output.txt");
    Path errors = folder.resolve("errors.txt");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Dnarthex.library=" + System.getProperty("narthex.library", ""));
    command.addAll(options);
    if (nativeAccess) {
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    command.addAll(List.of("-cp", classPath(), main.getName()));
    command.addAll(List.of(arguments));
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectOutput(output.toFile())
              .redirectError(errors.toFile());
      builder.environment().remove("NARTHEX_LIBRARY");
      builder.environment().putAll(environment);
      Process process = builder.start();
      if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
        throw new AssertionError("hangs: " + Files.readString(output) + Files.readString(errors));
      }
      Outcome outcome =
          new Outcome(
              process.exitValue(),
              new String(Files.readAllBytes(output), UTF_8),
              new String(Files.readAllBytes(errors), UTF_8));
      assertNoCrash(outcome);
      return outcome;
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void assertNoCrash(Outcome outcome) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      assertTrue(
          files.noneMatch(file -> file.getFileName().toString().startsWith("hs_err")),
          () -> "the JVM crashed: " + outcome);
    }
    assertTrue(outcome.exitCode() < 128, () -> "the JVM was killed: " + outcome);
  }

  /** Surefire's own class path is a jar that names the others. */
  private static String classPath() {
    String surefire = System.getProperty("surefire.test.class.path");
    return surefire == null ? System.getProperty("java.class.path", "") : surefire;
  }
}
