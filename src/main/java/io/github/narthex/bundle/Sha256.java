package io.github.narthex.bundle;

import io.github.narthex.ModelLoadException;
import io.github.narthex.internal.files.Digest;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** The digest by which model files are told apart. */
final class Sha256 {
  private Sha256() {}

  /** In lower-case hexadecimal. */
  static String of(Path file) {
    try {
      return Digest.of(file);
    } catch (NoSuchFileException e) {
      throw new ModelLoadException("there is no file " + file, "", e);
    } catch (IOException e) {
      throw new ModelLoadException("can't read " + file + ": " + e.getMessage(), "", e);
    }
  }
}
