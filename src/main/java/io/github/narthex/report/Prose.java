package io.github.narthex.report;

import io.github.narthex.report.html.Element;
import java.util.ArrayList;
import java.util.List;

/** Sentences in which names stand between backquotes. */
final class Prose {
  private static final char QUOTE = '`';

  private Prose() {}

  /**
   * A piece of a sentence.
   *
   * @param isCode whether it stood between backquotes
   */
  record Part(String text, boolean isCode) {}

  /** The pieces. A backquote without a second one is a character like others. */
  static List<Part> parts(String sentence) {
    List<Part> parts = new ArrayList<>();
    int at = 0;
    while (at < sentence.length()) {
      int open = sentence.indexOf(QUOTE, at);
      int close = open < 0 ? -1 : sentence.indexOf(QUOTE, open + 1);
      if (close < 0) {
        parts.add(new Part(sentence.substring(at), false));
        break;
      }
      if (open > at) {
        parts.add(new Part(sentence.substring(at, open), false));
      }
      if (close > open + 1) {
        parts.add(new Part(sentence.substring(open + 1, close), true));
      }
      at = close + 1;
    }
    return parts;
  }

  /** Adds a sentence to an element, names in the font of code; returns the element. */
  static Element in(Element element, String sentence) {
    for (Part part : parts(sentence)) {
      if (part.isCode()) {
        element.add(breakable(Element.of("code"), part.text()));
      } else {
        element.text(part.text());
      }
    }
    return element;
  }

  /** Adds a recipe to an element, which may be broken after each plus; returns the element. */
  static Element breakable(Element element, String recipe) {
    int at = 0;
    for (int plus = recipe.indexOf('+'); plus >= 0; plus = recipe.indexOf('+', at)) {
      element.text(recipe.substring(at, plus + 1)).add(Element.of("wbr"));
      at = plus + 1;
    }
    return element.text(recipe.substring(at));
  }
}
