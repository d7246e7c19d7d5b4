package io.github.narthex.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.NarthexException;
import io.github.narthex.OperatorException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The Java side of an export, with a Python made of a shell script. */
class ExporterTest {
  private static final Duration LONG = Duration.ofMinutes(10);

  @TempDir Path directory = Path.of("");

  private Exporter exporter(String script, Duration limit) throws IOException {
    Path program = FakePython.write(directory.resolve("python3"), "2.15.0", script);
    return new Exporter(new Python(program, "3.12.1", "2.15.0"), limit);
  }

  private ExportTask task() {
    return ExportTask.of("net.py:Net", directory.resolve("net.pt2"), List.of("1x8"));
  }

  private <T extends Throwable> T failure(Class<T> type, String script) throws IOException {
    Exporter exporter = exporter(script, LONG);
    return assertThrows(type, () -> exporter.run(task(), ExportProgress.SILENT));
  }

  @Test
  void stagesAndTheResult() throws IOException {
    Exporter exporter =
        exporter(
            """
            echo 'narthex-export: stage 1/2 load loading the model' >&2
            echo 'W1122 03:41:08 torch says something' >&2
            echo 'narthex-export: stage 2/2 compile compiling' >&2
            echo '{"schema": "narthex.export/1", "output": "net.pt2"}'
            """,
            LONG);
    Set<String> seen = new TreeSet<>();

    assertEquals(
        "net.pt2",
        exporter
            .run(
                task(),
                (stage, stages, what, elapsed) -> {
                  assertFalse(elapsed.isNegative());
                  seen.add(stage + "/" + stages + " " + what);
                })
            .get("output")
            .getAsString());
    assertEquals(Set.of("0/1 starting Python", "1/2 loading the model", "2/2 compiling"), seen);
  }

  /** The words that the script is called with; a word with blanks stays one. */
  @Test
  void arguments() throws IOException {
    Path words = directory.resolve("words");
    Exporter exporter =
        exporter("for word; do echo \"$word\"; done > '%s'; echo '{}'".formatted(words), LONG);
    ExportTask task =
        new ExportTask(
            "my net.py:Net",
            Path.of("o.pt2"),
            List.of("x=1x8", "2"),
            List.of("x.0=1..16"),
            "bfloat16",
            false,
            true,
            "x86-64-v3",
            2,
            "cpu",
            "m",
            true,
            0.5,
            7,
            List.of("a.b=1"));
    exporter.run(task, ExportProgress.SILENT);

    List<String> said = new ArrayList<>(Files.readAllLines(words));
    assertEquals("narthex_export", String.valueOf(Path.of(said.removeFirst()).getFileName()));
    assertEquals(
        List.of(
            "--output=o.pt2",
            "--input=x=1x8",
            "--input=2",
            "--dynamic=x.0=1..16",
            "--inductor=a.b=1",
            "--dtype=bfloat16",
            "--no-freeze",
            "--max-autotune",
            "--threads=2",
            "--add",
            "--isa=x86-64-v3",
            "--device=cpu",
            "--name=m",
            "--max-error=0.5",
            "--seed=7",
            "--",
            "my net.py:Net"),
        said);
  }

  @ParameterizedTest
  @CsvSource({
    "usage, java.lang.IllegalArgumentException",
    "input, io.github.narthex.InputException",
    "source, io.github.narthex.ModelLoadException",
    "torch, io.github.narthex.UnsupportedException",
    "machine, io.github.narthex.UnsupportedException",
    "export, io.github.narthex.OperatorException",
    "compile, io.github.narthex.OperatorException",
    "accuracy, io.github.narthex.OperatorException",
    "output, java.io.UncheckedIOException",
  })
  void kindsOfErrors(String kind, Class<? extends Throwable> type) throws IOException {
    Throwable thrown =
        failure(
            type,
            """
            echo 'Traceback (most recent call last):' >&2
            echo 'narthex-export: error %s what is wrong' >&2
            exit 5
            """
                .formatted(kind));
    assertEquals("what is wrong", thrown.getMessage());
    if (thrown instanceof NarthexException e) {
      assertEquals("Traceback (most recent call last):", e.detail());
    }
  }

  @Test
  void anEndWithoutAWord() throws IOException {
    OperatorException thrown =
        failure(OperatorException.class, "echo one >&2; echo 'MemoryError: no more' >&2; exit 3");
    assertEquals(
        directory.resolve("python3")
            + " ended with exit code 3, and did not say why: MemoryError: no more",
        thrown.getMessage());
    assertEquals("one\nMemoryError: no more", thrown.detail());
  }

  @Test
  void killed() throws IOException {
    OperatorException thrown = failure(OperatorException.class, "kill -KILL $$");
    assertEquals(
        directory.resolve("python3") + " ended with exit code 137, and did not say why",
        thrown.getMessage());
  }

  @Test
  void noResult() throws IOException {
    for (String script : List.of("exit 0", "echo '{'", "echo '[]'")) {
      assertEquals(
          "the export ended without a result",
          failure(OperatorException.class, script).getMessage());
    }
  }

  @Test
  void oneThatCantBeStarted() {
    Exporter exporter = new Exporter(new Python(Path.of("/nowhere/python"), "3", "2.15.0"), LONG);
    UncheckedIOException thrown =
        assertThrows(UncheckedIOException.class, () -> exporter.run(task(), ExportProgress.SILENT));
    assertTrue(String.valueOf(thrown.getMessage()).startsWith("cannot export: Cannot run"));
  }

  /** What takes too long is ended with the compilers that it has started. */
  @Test
  void theLimit() throws IOException {
    Path child = directory.resolve("child");
    Exporter exporter =
        exporter(
            "sleep 300 & echo $! > '%s'; echo working >&2; wait".formatted(child),
            Duration.ofSeconds(2));
    OperatorException thrown =
        assertThrows(OperatorException.class, () -> exporter.run(task(), ExportProgress.SILENT));
    assertEquals("the export did not end within 2 s", thrown.getMessage());
    assertEquals("working", thrown.detail());
    assertEnds(Long.parseLong(Files.readString(child).strip()));
  }

  @Test
  void anInterrupt() throws IOException {
    Path child = directory.resolve("child");
    Exporter exporter =
        exporter(
            "sleep 300 & echo $! > '%s'; echo 'narthex-export: stage 1/1 a b' >&2; wait"
                .formatted(child),
            LONG);
    Thread caller = Thread.currentThread();
    OperatorException thrown =
        assertThrows(
            OperatorException.class,
            () ->
                exporter.run(
                    task(),
                    (stage, stages, what, elapsed) -> {
                      if (stage == 1) {
                        caller.interrupt();
                      }
                    }));
    assertEquals("the export was interrupted", thrown.getMessage());
    assertTrue(Thread.interrupted());
    assertEnds(Long.parseLong(Files.readString(child).strip()));
  }

  private static void assertEnds(long pid) {
    // One that is killed may still be there for whoever is to wait for it.
    ProcessHandle.of(pid).ifPresent(process -> process.onExit().join());
  }

  /** Nothing is left of what was unpacked and of what Python was told to use. */
  @Test
  void temporaryFiles() throws IOException {
    Path folder = directory.resolve("folder");
    exporter("echo \"$TMPDIR\" > '%s'; echo '{}'".formatted(folder), LONG)
        .run(task(), ExportProgress.SILENT);
    assertFalse(Files.exists(Path.of(Files.readString(folder).strip())));
  }

  /** The list of the script's files is that of the resources. */
  @Test
  void allFilesOfTheScript() throws IOException, URISyntaxException {
    Path folder =
        Path.of(Exporter.class.getProtectionDomain().getCodeSource().getLocation().toURI())
            .resolve("io/github/narthex/export/" + ExportScript.FOLDER);
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(
          Set.copyOf(ExportScript.FILES),
          files
              .map(file -> String.valueOf(file.getFileName()))
              .filter(name -> name.endsWith(".py"))
              .collect(Collectors.toSet()));
    }
    assertTrue(Files.exists(ExportScript.unpack(directory).resolve("__main__.py")));
  }
}
