package io.github.narthex.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ProgressBarTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

  private String text() {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void terminalHasOneLineThatIsRewrittenAndTakenAway() {
    try (ProgressBar bar = new ProgressBar(out, true)) {
      bar.update("freeze: loading", 0.25);
      bar.update("round 1 of 12", 0.5);
    }
    assertEquals(
        "\r[######------------------]  25 %  freeze: loading\u001b[K"
            + "\r[############------------]  50 %  round 1 of 12\u001b[K"
            + "\r\u001b[K",
        text());
  }

  @Test
  void otherwiseThereIsAPlainLineForEachTenth() {
    try (ProgressBar bar = new ProgressBar(out, false)) {
      for (int i = 0; i <= 100; i++) {
        bar.update("step " + i, i / 100.0);
      }
    }
    assertEquals(11, text().lines().count(), text());
    assertEquals("  0 %  step 0", text().lines().findFirst().orElseThrow());
  }
}
