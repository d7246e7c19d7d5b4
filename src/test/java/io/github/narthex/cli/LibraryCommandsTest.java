package io.github.narthex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.narthex.Fixtures;
import io.github.narthex.PretendDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code --library}, with a library that has a class and an operator of Torch-TensorRT's names. */
class LibraryCommandsTest {
  private static final Path LIBRARY =
      PretendDevice.library().resolveSibling("libnarthex_engine.so");

  @TempDir Path directory;

  private static String model(String name) {
    return Fixtures.path("engines/" + name).toString();
  }

  /** As the loader of the system does not look where libtorch is, for what a library asks for. */
  @ParameterizedTest
  @ValueSource(strings = {"engine.pt", "engine.pt2"})
  void runsWhatTheModelWasCompiledFor(String name) {
    assumeTrue(Files.exists(LIBRARY), () -> LIBRARY + " is missing");
    Ran tripled =
        Ran.run("run", model(name), "--input", "2x3:float32:1..1", "--library", LIBRARY.toString());
    assertEquals(
        List.of("output 0: 2x3:float32  min 3.0  mean 3.0  max 3.0"),
        tripled.out().lines().toList(),
        tripled.err());
  }

  /** Workers load it, each for itself. */
  @Test
  void benchHasItInItsWorkers() {
    assumeTrue(Files.exists(LIBRARY), () -> LIBRARY + " is missing");
    String[] bench = {
      "bench", model("engine.pt"), "--input", "2x3", "--recipe", "freeze", "--iterations", "20"
    };
    Ran without = Ran.run(bench);
    assertEquals(ExitCode.INPUT, without.code(), without.out());
    assertTrue(
        without
            .err()
            .contains(
                "engine.pt can't be loaded: libtorch has no class tensorrt.Engine: load the library"
                    + " that brings it, libtorchtrt_runtime.so of Torch-TensorRT"
                    + " (Devices.loadLibrary, or --library FILE)"),
        without.err());
    String[] with = Arrays.copyOf(bench, bench.length + 2);
    with[bench.length] = "--library";
    with[bench.length + 1] = LIBRARY.toString();
    Ran measured = Ran.run(with);
    assertEquals(ExitCode.OK, measured.code(), measured.err());
  }

  @ParameterizedTest
  @CsvSource({"inspect", "check", "verify", "data"})
  void commandsThatLoadAModelTakeIt(String command) {
    assumeTrue(Files.exists(LIBRARY), () -> LIBRARY + " is missing");
    List<String> words = new ArrayList<>(List.of(command, model("engine.pt")));
    switch (command) {
      case "verify" -> words.addAll(List.of(model("engine.pt2"), "--input", "2x3"));
      case "data" ->
          words.addAll(List.of("--input", "2x3", "--output", directory.resolve("data").toString()));
      default -> {}
    }
    words.addAll(List.of("--library", LIBRARY.toString()));
    Ran ran = Ran.run(words.toArray(String[]::new));
    assertTrue(ran.code() == ExitCode.OK || ran.code() == ExitCode.NOT_MET, ran.err());
  }

  @Test
  void aFileThatIsNoLibraryIsNamed() throws IOException {
    Path text = Files.writeString(directory.resolve("lib.so"), "no library");
    Ran ran = Ran.run("run", "mlp", "--quiet", "--library", text.toString());
    assertEquals(ExitCode.UNSUPPORTED, ran.code());
    assertTrue(
        ran.err().startsWith("narthex: " + text + " can't be loaded: file too short"), ran.err());
    assertEquals(
        2, Ran.run("run", "mlp", "--library", directory.resolve("no.so").toString()).code());
  }
}
