package io.github.narthex.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.Version;
import io.github.narthex.bench.WorkerCommand;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes that load libtorch, or die instead. */
class LibtorchProbeTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir Path root = Path.of("");

  private static LibtorchReport report(String behaviour, Duration limit) {
    WorkerCommand command =
        new WorkerCommand(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                FakeProbe.class.getName(),
                behaviour));
    return new LibtorchProbe(command, limit).report();
  }

  @Test
  void libtorchOfTheseTests() {
    LibtorchReport report = LibtorchProbe.likeThisJvm().report();

    assertNull(report.failure(), report::toString);
    LibtorchFacts libtorch = report.libtorch();
    assertNotNull(libtorch);
    assertEquals(Version.libtorch(), libtorch.version());
    assertEquals(Version.nativeInterface(), report.abi());
    assertTrue(
        report.mapped().stream().anyMatch(path -> path.endsWith("/libtorch_cpu.so")),
        report::toString);
  }

  /** What was known before is kept, and all other groups are there. */
  @Test
  void crash() {
    LibtorchReport report = report("abort", PATIENCE);

    assertEquals("/opt/libnarthex.so (a test)", report.location());
    assertEquals(
        "the process that loads libtorch did not end well: ended by signal 6 (SIGABRT)",
        report.failure());
    FakeMachine machine = new FakeMachine(root);
    Diagnosis diagnosis =
        new Doctor(root, Map.of(), machine.java(), FakeMachine::noGpus, () -> report).examine();
    assertEquals(
        List.of("Java", "processor", "memory", "environment", "GPU", "export", "libraries"),
        diagnosis.sections().stream().map(Section::title).toList());
    assertEquals(1, diagnosis.count(Finding.Status.ERROR));
  }

  @Test
  void hang() {
    LibtorchReport report = report("hang", Duration.ofSeconds(2));

    assertEquals("loading it did not end within 2 s", report.failure());
  }

  @Test
  void half() {
    LibtorchReport report = report("half", PATIENCE);

    assertEquals(LibtorchReport.NOTHING, report);
    Section libraries = new LibraryChecks(report).section();
    Findings.assertError(
        libraries, "native library", "nothing is known of it", "-Dnarthex.library=FILE");
  }

  @Test
  void programThatIsNotThere() {
    LibtorchReport report =
        new LibtorchProbe(new WorkerCommand(List.of("/nowhere/java")), PATIENCE).report();

    String failure = String.valueOf(report.failure());
    assertTrue(failure.startsWith("no process can be started to load it: "), failure);
  }

  /** A check that fails is a line; so is a load that can't even be tried. */
  @Test
  void failuresOfTheChecksThemselves() {
    Section section =
        new Checklist("any")
            .add(
                "thing",
                () -> {
                  throw new IllegalStateException("oops");
                })
            .section();
    Findings.assertWarning(
        section,
        "thing",
        "could not be found out: java.lang.IllegalStateException: oops",
        "a mistake in Narthex");

    Diagnosis diagnosis =
        new Doctor(
                root,
                Map.of(),
                new FakeMachine(root).java(),
                FakeMachine::noGpus,
                () -> {
                  throw new IllegalStateException("oops");
                })
            .examine();
    assertEquals(Finding.Status.ERROR, diagnosis.worst());
  }
}
