package io.github.narthex.export;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.narthex.internal.files.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
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
      Files.writeString(folder.resolve(file), text(file));
    }
    return folder;
  }

  /** The digest of all files. */
  static String digest() {
    try {
      StringBuilder all = new StringBuilder();
      for (String file : FILES) {
        all.append(text(file));
      }
      return Digest.of(all.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(String file) throws IOException {
    try (InputStream in = ExportScript.class.getResourceAsStream(FOLDER + "/" + file)) {
      if (in == null) {
        throw new IOException("the library lacks its resource " + FOLDER + "/" + file);
      }
      return new String(in.readAllBytes(), UTF_8);
    }
  }
}
