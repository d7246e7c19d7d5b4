package io.github.narthex.errors;

import io.github.narthex.export.FakePython;
import io.github.narthex.export.Python;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Map;

final class ExportErrors extends ErrorCases {
  private static final String LIBTORCH = "2.15.0";

  ExportErrors(Arena arena, Path root) {
    super(arena, root);
    thrown(
        "no Python was found (NARTHEX_PYTHON, the active environment, python3 on PATH), and …",
        () -> Python.forLibtorch(null, Map.of("PATH", "/nowhere"), LIBTORCH));
    thrown("… has no torch, which exporting needs: …", () -> search("none"));
    thrown(
        "… has torch 2.2.0, and a package is for the version that compiled it, …",
        () -> search("2.2.0"));
  }

  private void search(String torch) throws IOException {
    Path python = FakePython.write(folder().resolve("python3"), torch, "exit 1");
    Python.forLibtorch(python, Map.of(), LIBTORCH);
  }
}
