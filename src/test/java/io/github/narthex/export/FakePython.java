package io.github.narthex.export;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** A Python made of a shell script: it says that it has a torch, and exports as it is told. */
public final class FakePython {
  private FakePython() {}

  /**
   * Writes one.
   *
   * @param torch the version that it says, or {@code none}
   * @param export what it does when it is to export, in the language of the shell
   */
  public static Path write(Path program, String torch, String export) throws IOException {
    Files.writeString(
        program,
        """
        #!/bin/sh
        if [ "$1" = -c ]; then
          echo 3.12.1
          echo %s
          exit 0
        fi
        %s
        """
            .formatted(torch, export));
    return Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
  }
}
