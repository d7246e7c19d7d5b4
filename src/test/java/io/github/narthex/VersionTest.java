package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class VersionTest {
  @Test
  void isSet() {
    assertFalse(Version.NARTHEX.isEmpty());
  }

  @Test
  void buildPassesTheNativeLibrary() {
    assertTrue(Files.isRegularFile(Path.of(System.getProperty("narthex.library", ""))));
  }
}
