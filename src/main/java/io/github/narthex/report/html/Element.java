package io.github.narthex.report.html;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * An element of HTML or SVG. Texts and values of attributes are escaped, so that whatever comes
 * from outside stays text; names of elements and attributes are constants of the program.
 */
public final class Element {
  private static final Set<String> WITHOUT_END = Set.of("link", "meta", "wbr");

  /** Controls, and characters that change the direction of what follows them. */
  private static final String UNPRINTABLE =
      "[\\p{Cc}&&[^\\n\\t]]|[\\u202a-\\u202e\\u2066-\\u2069]|\\p{Cs}";

  private sealed interface Node permits Child, Text, Raw {}

  private record Child(Element element) implements Node {}

  private record Text(String text) implements Node {}

  private record Raw(String text) implements Node {}

  private final String name;
  private final Map<String, String> attributes = new LinkedHashMap<>();
  private final List<Node> nodes = new ArrayList<>();

  private Element(String name) {
    this.name = name;
  }

  /** An empty element. */
  public static Element of(String name) {
    return new Element(name);
  }

  /** An element with a text in it. */
  public static Element of(String name, String text) {
    return new Element(name).text(text);
  }

  /** Sets an attribute; returns this. */
  public Element with(String attribute, String value) {
    attributes.put(attribute, value);
    return this;
  }

  /** Sets a coordinate or length, to a tenth; returns this. */
  public Element with(String attribute, double value) {
    return with(attribute, number(value));
  }

  /** Adds elements; returns this. */
  public Element add(Element... elements) {
    return add(List.of(elements));
  }

  /** Adds elements; returns this. */
  public Element add(List<Element> elements) {
    elements.forEach(element -> nodes.add(new Child(element)));
    return this;
  }

  /** Adds a text; returns this. */
  public Element text(String text) {
    nodes.add(new Text(text));
    return this;
  }

  /** Adds a style sheet or script of the program's own, which is not escaped; returns this. */
  Element raw(String text) {
    nodes.add(new Raw(text));
    return this;
  }

  /** A number for an attribute, to a tenth. */
  static String number(double value) {
    String text = String.format(Locale.ROOT, "%.1f", value);
    return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
  }

  /** The markup. */
  @Override
  public String toString() {
    StringBuilder out = new StringBuilder();
    write(out);
    return out.toString();
  }

  private void write(StringBuilder out) {
    out.append('<').append(name);
    attributes.forEach(
        (key, value) ->
            out.append(' ').append(key).append("=\"").append(escaped(value)).append('"'));
    out.append('>');
    if (WITHOUT_END.contains(name)) {
      return;
    }
    for (Node node : nodes) {
      switch (node) {
        case Child child -> child.element().write(out);
        case Text text -> out.append(escaped(text.text()));
        case Raw raw -> out.append(raw.text());
      }
    }
    out.append("</").append(name).append('>');
  }

  private static String escaped(String text) {
    return text.replaceAll(UNPRINTABLE, "\ufffd")
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}
