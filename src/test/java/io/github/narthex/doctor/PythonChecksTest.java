package io.github.narthex.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Python made of a shell script. */
class PythonChecksTest {
  @TempDir Path directory = Path.of("");

  private Section section(@Nullable String libtorch, Duration limit) {
    return new PythonChecks(Map.of("PATH", "/nowhere:" + directory), libtorch, limit).section();
  }

  private Section section(@Nullable String libtorch) {
    return section(libtorch, Duration.ofSeconds(60));
  }

  private Path python(String script) throws IOException {
    Path program = Files.writeString(directory.resolve("python3"), script);
    return Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
  }

  @Test
  void none() {
    Findings.assertOk(
        section("2.15.0"), "Python", "no python3 on PATH; only exporting models needs it");
  }

  @Test
  void withTorch() throws IOException {
    Path python = python("#!/bin/sh\necho 3.12.1; echo 2.15.3+cpu\n");

    Findings.assertOk(section("2.15.0"), "Python", python + ", version 3.12.1, torch 2.15.3+cpu");
    Findings.assertOk(section(null), "Python", python + ", version 3.12.1, torch 2.15.3+cpu");
  }

  @Test
  void withALaterTorch() throws IOException {
    Path python = python("#!/bin/sh\necho 3.12.1; echo 2.16.0\n");

    Findings.assertWarning(
        section("2.15.0"),
        "Python",
        python + ", version 3.12.1, torch 2.16.0, later than libtorch 2.15.0",
        "export with torch 2.15.0");
  }

  @Test
  void withoutTorch() throws IOException {
    Path python = python("#!/bin/sh\necho 3.12.1; echo none\n");

    Findings.assertOk(section("2.15.0"), "Python", python + ", version 3.12.1, without torch");
    assertEquals(
        "to export models: pip install torch", Findings.of(section(null), "Python").advice());
  }

  @Test
  void thatHangs() throws IOException {
    Path python = python("#!/bin/sh\nsleep 300\n");

    Findings.assertWarning(
        section("2.15.0", Duration.ofSeconds(1)),
        "Python",
        python + " does not work: no answer within 1 s",
        "only exporting models needs it");
  }

  @Test
  void thatFails() throws IOException {
    Path python = python("#!/bin/sh\nexit 3\n");

    Findings.assertWarning(
        section("2.15.0"),
        "Python",
        python + " does not work: it ended with exit code 3, and did not answer",
        "only exporting models needs it");
  }

  @Test
  void whoseInterpreterIsGone() throws IOException {
    Path python = python("#!/nowhere/sh\n");

    Finding finding = Findings.of(section("2.15.0"), "Python");
    assertEquals(Finding.Status.WARNING, finding.status());
    assertTrue(finding.found().startsWith(python + " does not work: Cannot run"), finding.found());
  }
}
