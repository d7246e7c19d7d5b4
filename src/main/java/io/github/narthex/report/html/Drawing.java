package io.github.narthex.report.html;

import java.util.List;

/** What charts are drawn of. */
final class Drawing {
  /** The size of names and values. */
  static final double TEXT = 13;

  /** The size of what is beside the matter: ticks and titles of axes. */
  static final double SMALL_TEXT = 12;

  /** From a text's base line to its middle. */
  private static final double TO_MIDDLE = 0.36;

  private Drawing() {}

  static Element canvas(double width, double height, String description, boolean isNarrow) {
    return Element.of("svg")
        .with("class", isNarrow ? "narrow" : "wide")
        .with("viewBox", "0 0 " + Element.number(width) + " " + Element.number(height))
        .with("width", width)
        .with("height", height)
        .with("role", "img")
        .with("aria-label", description);
  }

  static Element group(String style) {
    return Element.of("g").with("class", style);
  }

  /** A line of text with its middle at {@code y}. */
  static Element text(String text, double x, double y, String anchor, String style) {
    boolean isSmall = style.startsWith("small");
    return Element.of("text", text)
        .with("x", x)
        .with("y", y + TO_MIDDLE * (isSmall ? SMALL_TEXT : TEXT))
        .with("text-anchor", anchor)
        .with("class", style);
  }

  /** How wide a {@link #label} is that is not cut. */
  static double labelWidth(String name, String detail) {
    double width = TextWidth.bold(name, TEXT);
    return detail.isEmpty() ? width : width + TextWidth.of("  " + detail, SMALL_TEXT);
  }

  /** A name with a detail after it, of which the name is cut where there is no room for both. */
  static Element label(String name, String detail, double room, double x, double y, String anchor) {
    double rest = labelWidth("", detail);
    Element label = text(TextWidth.fit(name, room - rest, TEXT), x, y, anchor, "name");
    return detail.isEmpty()
        ? label
        : label.text(" ").add(Element.of("tspan", detail).with("class", "small"));
  }

  static Element line(double x1, double y1, double x2, double y2, String style) {
    return Element.of("line")
        .with("x1", x1)
        .with("y1", y1)
        .with("x2", x2)
        .with("y2", y2)
        .with("class", style);
  }

  static Element rectangle(double x, double y, double width, double height, String style) {
    return Element.of("rect")
        .with("x", x)
        .with("y", y)
        .with("width", Math.max(0, width))
        .with("height", height)
        .with("class", style);
  }

  static Element dot(double x, double y, double radius, String style) {
    return Element.of("circle").with("cx", x).with("cy", y).with("r", radius).with("class", style);
  }

  /** A path through points of x and y. */
  static Element path(List<double[]> points, boolean isClosed, String style) {
    StringBuilder path = new StringBuilder();
    for (double[] point : points) {
      path.append(path.isEmpty() ? 'M' : 'L')
          .append(Element.number(point[0]))
          .append(' ')
          .append(Element.number(point[1]));
    }
    return Element.of("path").with("d", path + (isClosed ? "Z" : "")).with("class", style);
  }

  static Element diamond(double x, double y, double radius, String style) {
    return path(
        List.of(
            new double[] {x, y - radius},
            new double[] {x + radius, y},
            new double[] {x, y + radius},
            new double[] {x - radius, y}),
        true,
        style);
  }

  /** A text shown where the pointer rests. */
  static Element tooltip(String text) {
    return Element.of("title", text);
  }
}
