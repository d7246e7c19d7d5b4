package io.github.narthex.report.html;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class TextWidthTest {
  @Test
  void narrowAndWideLetters() {
    assertEquals(28, TextWidth.of("i", 100));
    assertEquals(97, TextWidth.of("m", 100));
    assertEquals(100, TextWidth.of("\u2026", 100));
  }

  @Test
  void bothEndsAreKept() {
    String text = "onednn-graph+bf16+channels-last";
    assertEquals(text, TextWidth.fit(text, 1000, 13));
    String cut = TextWidth.fit(text, 150, 13);
    assertTrue(TextWidth.bold(cut, 13) <= 150, cut);
    assertTrue(cut.startsWith("onednn-") && cut.endsWith("last"), cut);
    assertEquals("\u2026", TextWidth.fit(text, 1, 13));
  }
}
