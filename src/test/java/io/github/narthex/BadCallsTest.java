package io.github.narthex;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Ten thousand calls with nonsense: each succeeds, or throws what is documented; the process lives
 * and nothing leaks.
 */
class BadCallsTest {
  private static final int CALLS = 10_000;

  @TempDir Path folder = Path.of("");

  @Test
  void nonsenseIsRefused() throws IOException {
    try {
      new ForkedJvm(folder)
          .option("-Xmx256m")
          .run(BadCalls.class, Fixtures.path("").toString(), "0", String.valueOf(CALLS))
          .assertExit(0);
    } catch (AssertionError e) {
      Path last = folder.resolve(BadCalls.LAST_CALL);
      throw new AssertionError(
          "the last call was " + (Files.exists(last) ? Files.readString(last) : "none"), e);
    }
  }
}
