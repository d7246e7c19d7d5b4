package io.github.narthex.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CrashEvidenceTest {
  @TempDir Path root;

  private CrashEvidence evidence(long killsBefore) {
    return new CrashEvidence(
        root.resolve("log"), root.resolve("hs_err"), new ProcessFacts(root), killsBefore, root);
  }

  private void write(String file, String text) throws IOException {
    Path path = root.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  private static void assertFailure(Status status, String reason, WorkerFailure failure) {
    assertEquals(reason, failure.reason());
    assertEquals(status, failure.status());
  }

  @Test
  void reportOfTheJvmNamesSignalAndPlace() throws IOException {
    write(
        "hs_err",
        """
        #
        # A fatal error has been detected by the Java Runtime Environment:
        #
        #  SIGSEGV (0xb) at pc=0x00007f3a2c0d1e10, pid=42, tid=43
        #
        # JRE version: OpenJDK Runtime Environment (25.0+36)
        # Problematic frame:
        # C  [libtorch_cpu.so+0x4d1e10]  at::native::nothing()+0x10
        #
        """);

    WorkerFailure failure = evidence(0).explain(134);

    assertEquals(Status.CRASHED, failure.status());
    String place = "SIGSEGV in C  [libtorch_cpu.so+0x4d1e10]  at::native::nothing()+0x10; report: ";
    assertEquals(place, failure.reason().substring(0, place.length()));
    Path report = Path.of(failure.reason().substring(place.length()));
    assertEquals(Files.readString(root.resolve("hs_err")), Files.readString(report));
  }

  @Test
  void jvmThatGotNoMemoryFromTheSystem() throws IOException {
    write(
        "hs_err",
        """
        #
        # There is insufficient memory for the Java Runtime Environment to continue.
        # Native memory allocation (mmap) failed to map 65536 bytes.
        """);

    assertFailure(Status.OUT_OF_MEMORY, "its JVM ran out of memory", evidence(0).explain(1));
  }

  @Test
  void killedByTheKernelForMemory() throws IOException {
    write("proc/vmstat", "nr_free_pages 12\noom_kill 4\n");

    assertFailure(
        Status.OUT_OF_MEMORY,
        "killed by the kernel, which was out of memory",
        evidence(3).explain(137));
    assertFailure(Status.CRASHED, "ended by signal 9 (SIGKILL)", evidence(4).explain(137));
  }

  @Test
  void signalWithoutAReport() {
    assertFailure(Status.CRASHED, "ended by signal 11 (SIGSEGV)", evidence(0).explain(139));
  }

  @Test
  void exitCodeWithTheLastWords() throws IOException {
    write("log", "first\nError: could not find libtorch_cpu.so\n");

    assertFailure(
        Status.CRASHED,
        "ended with exit code 4: Error: could not find libtorch_cpu.so",
        evidence(0).explain(4));
  }

  @Test
  void nothingKnown() {
    assertFailure(Status.CRASHED, "ended with exit code 0", evidence(0).explain(0));
  }
}
