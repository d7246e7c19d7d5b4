package io.github.narthex.export;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The script in Python, which lies in the resources as a folder that Python runs. */
final class ExportScript {
  static final String FOLDER = "narthex_export";

  static final List<String> FILES =
      List.of(
          "__main__.py",
          "accuracy.py",
          "aoti.py",
          "archive.py",
          "inputs.py",
          "progress.py",
          "sources.py",
          "spec.py");

  private ExportScript() {}

  /** Copies it into a directory, and returns what Python is to run. */
  static Path unpack(Path directory) throws IOException {
    Path folder = Files.createDirectory(directory.resolve(FOLDER));
    for (String file : FILES) {
      try (InputStream in = ExportScript.class.getResourceAsStream(FOLDER + "/" + file)) {
        if (in == null) {
          throw new IOException("the library lacks its resource " + FOLDER + "/" + file);
        }
        Files.copy(in, folder.resolve(file));
      }
    }
    return folder;
  }
}
