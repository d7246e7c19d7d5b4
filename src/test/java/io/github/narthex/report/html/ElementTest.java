package io.github.narthex.report.html;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ElementTest {
  @Test
  void textsAndAttributesAreEscaped() {
    assertEquals(
        "<p title=\"&quot;&gt;&lt;b&gt;\">&lt;i&gt; &amp;amp; &#39;</p>",
        Element.of("p", "<i> &amp; '").with("title", "\"><b>").toString());
  }

  @Test
  void whatCanNotBeShownIsReplaced() {
    assertEquals("<p>a\ufffdb\ufffdc\ufffd</p>", Element.of("p", "a\0b\u202ec\ud800").toString());
    assertEquals("<p>\ud83d\ude00</p>", Element.of("p", "\ud83d\ude00").toString());
  }

  @Test
  void elementsInElements() {
    Element code = Element.of("code", "c");
    assertEquals(
        "<p>a<wbr>b<code>c</code></p>",
        Element.of("p", "a").add(Element.of("wbr")).text("b").add(code).toString());
  }

  @Test
  void coordinates() {
    assertEquals(
        "<rect x=\"1.3\" y=\"2\"></rect>",
        Element.of("rect").with("x", 1.26).with("y", 2).toString());
  }
}
