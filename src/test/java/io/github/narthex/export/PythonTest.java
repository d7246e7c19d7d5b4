package io.github.narthex.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.UnsupportedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PythonTest {
  @TempDir Path directory = Path.of("");

  private Path python(String folder, String name, String torch) throws IOException {
    Path bin = Files.createDirectories(directory.resolve(folder).resolve("bin"));
    return FakePython.write(bin.resolve(name), torch, "exit 1");
  }

  private String text(String folder) {
    return directory.resolve(folder).toString();
  }

  @Test
  void theFirstOnPath() throws IOException {
    Path first = python("a", "python", "none");
    python("b", "python3", "none");
    Files.createDirectories(directory.resolve("a/bin/python3"));
    String path = "/nowhere::" + text("a") + "/bin:" + text("b") + "/bin";

    assertEquals(Optional.of(first), Python.find(Map.of("PATH", path)));
    assertEquals(Optional.empty(), Python.find(Map.of("PATH", "/nowhere:\0")));
    assertEquals(Optional.empty(), Python.find(Map.of()));
  }

  @Test
  void theActiveEnvironmentBeforePath() throws IOException {
    python("path", "python3", "none");
    Path conda = python("conda", "python3", "none");
    Path venv = python("venv", "python3", "none");
    String path = text("path") + "/bin";

    assertEquals(
        Optional.of(conda), Python.find(Map.of("PATH", path, "CONDA_PREFIX", text("conda"))));
    assertEquals(
        Optional.of(venv),
        Python.find(
            Map.of("PATH", path, "CONDA_PREFIX", text("conda"), "VIRTUAL_ENV", text("venv"))));
  }

  /** Even if it is not there: what somebody names is not replaced by something else. */
  @Test
  void theVariableBeforeAll() throws IOException {
    python("venv", "python3", "none");
    assertEquals(
        Optional.of(Path.of("/nowhere/python")),
        Python.find(Map.of("VIRTUAL_ENV", text("venv"), Python.VARIABLE, "/nowhere/python")));
  }

  private static String refusal(
      @Nullable Path named, Map<String, String> variables, String libtorch) {
    String message =
        assertThrows(
                UnsupportedException.class, () -> Python.forLibtorch(named, variables, libtorch))
            .getMessage();
    return String.valueOf(message);
  }

  @Test
  void withTheTorchOfLibtorch() throws IOException {
    Path program = python("a", "python3", "2.15.1+cpu");
    Python python = Python.forLibtorch(program, Map.of(), "2.15.0");
    assertEquals(new Python(program, "3.12.1", "2.15.1+cpu"), python);
    assertEquals(python, Python.forLibtorch(null, Map.of("VIRTUAL_ENV", text("a")), "2.15.0"));
  }

  @Test
  void withoutTorch() throws IOException {
    Path program = python("a", "python3", "none");
    assertEquals(
        program
            + " (Python 3.12.1) has no torch, which exporting needs: "
            + program
            + " -m pip install torch==2.15.0, or name another by --python or NARTHEX_PYTHON",
        refusal(program, Map.of(), "2.15.0+cpu"));
  }

  @Test
  void withAnotherTorch() throws IOException {
    for (String version : new String[] {"2.14.1", "2.16.0", "3.15.0", "unknown"}) {
      Path program = python("a", "python3", version);
      String message = refusal(program, Map.of(), "2.15.0");
      assertTrue(
          message.startsWith(program + " (Python 3.12.1) has torch " + version + ", "), message);
      assertTrue(message.contains("libtorch is 2.15.0"), message);
      assertTrue(message.contains(program + " -m pip install torch==2.15.0"), message);
    }
  }

  @Test
  void noneAtAll() {
    assertEquals(
        "no Python was found (NARTHEX_PYTHON, the active environment, python3 on PATH), and"
            + " exporting needs one with torch 2.15.0",
        refusal(null, Map.of("PATH", "/nowhere"), "2.15.0"));
  }

  @Test
  void oneThatIsNotThere() {
    String message = refusal(Path.of("/nowhere/python"), Map.of(), "2.15.0");
    assertTrue(message.startsWith("/nowhere/python does not work: Cannot run"), message);
  }
}
