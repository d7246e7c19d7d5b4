package io.github.narthex.report.html;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Rows with a name, marks along one axis that all have in common, and a value in figures.
 *
 * @param description what it shows, for those who do not see it
 * @param axis what marks are along
 * @param rule a line through all rows; null for none
 * @param band the height of a row's marks
 */
public record RowChart(
    String description, Axis axis, @Nullable Rule rule, double band, List<Row> rows) {
  /**
   * A row.
   *
   * @param detail what tells it apart from others of that name; may be empty
   * @param value in figures
   * @param tooltip what else there is to say
   */
  public record Row(
      String name,
      String detail,
      String value,
      String tooltip,
      Emphasis emphasis,
      List<Mark> marks) {
    /** The list is copied. */
    public Row {
      marks = List.copyOf(marks);
    }
  }

  /**
   * A line through all rows.
   *
   * @param value where
   * @param label what it is
   */
  public record Rule(double value, String label) {}

  /** What stands for a value. */
  public sealed interface Mark permits Dot, Span, Bar, Shape {}

  /** A point. */
  public record Dot(double value) implements Mark {}

  /** What lies between two values. */
  public record Span(double low, double high) implements Mark {}

  /** A length from the axis's beginning; several are under each other. */
  public record Bar(double value, Emphasis emphasis) implements Mark {}

  /**
   * A distribution.
   *
   * @param quantiles equally far apart in probability, ascending, at least three
   */
  public record Shape(List<Double> quantiles) implements Mark {
    /** The list is copied. */
    public Shape {
      quantiles = List.copyOf(quantiles);
    }
  }

  private static final double GAP = 14;
  private static final double MOST_NAME = 0.46;
  private static final double LINE = 17;
  private static final double NARROW_MARGIN = 6;
  private static final double RULE_HEIGHT = 20;
  private static final double TICK_HEIGHT = 20;
  private static final double TITLE_HEIGHT = 20;
  private static final double ROW_GAP = 8;
  private static final double SHAPE_STEP = 3;

  /** So that a long tail hangs together. */
  private static final double LEAST_THICKNESS = 0.6;

  /** The list is copied. */
  public RowChart {
    rows = List.copyOf(rows);
  }

  /** Where things are on a canvas of some width. */
  private record Frame(
      double width, double left, double right, double top, double headline, double rowHeight) {}

  private Frame frame(double width, boolean isNarrow) {
    double top = rule == null ? ROW_GAP : RULE_HEIGHT + ROW_GAP;
    if (isNarrow) {
      boolean hasDetails = rows.stream().anyMatch(row -> !row.detail().isEmpty());
      double headline = hasDetails ? 2 * LINE : LINE;
      double rowHeight = headline + band + ROW_GAP;
      return new Frame(width, NARROW_MARGIN, width - NARROW_MARGIN, top, headline, rowHeight);
    }
    double names = 0;
    double values = 0;
    for (Row row : rows) {
      names = Math.max(names, Drawing.labelWidth(row.name(), row.detail()));
      values = Math.max(values, TextWidth.bold(row.value(), Drawing.TEXT));
    }
    double left = Math.min(names, MOST_NAME * width) + GAP;
    return new Frame(width, left, width - values - GAP, top, 0, band + ROW_GAP);
  }

  /**
   * The chart.
   *
   * @param width of the canvas in CSS pixels
   * @param isNarrow whether it is for a phone: names are above marks then
   */
  public Element draw(double width, boolean isNarrow) {
    Frame frame = frame(width, isNarrow);
    double bottom = frame.top() + rows.size() * frame.rowHeight();
    double height = bottom + TICK_HEIGHT + TITLE_HEIGHT;
    Element canvas = Drawing.canvas(width, height, description, isNarrow);
    drawAxis(canvas, frame, bottom);
    for (int i = 0; i < rows.size(); i++) {
      drawRow(canvas, frame, rows.get(i), frame.top() + i * frame.rowHeight());
    }
    return canvas;
  }

  private void drawAxis(Element canvas, Frame frame, double bottom) {
    double lastEnd = Double.NEGATIVE_INFINITY;
    for (Axis.Tick tick : axis.ticks(frame.right() - frame.left())) {
      double x = axis.at(tick.value(), frame.left(), frame.right());
      canvas.add(Drawing.line(x, frame.top(), x, bottom, "grid"));
      double half = TextWidth.of(tick.text(), Drawing.SMALL_TEXT) / 2;
      double center = Math.clamp(x, half, frame.width() - half);
      if (center - half > lastEnd + GAP / 2) {
        canvas.add(Drawing.text(tick.text(), center, bottom + TICK_HEIGHT / 2, "middle", "small"));
        lastEnd = center + half;
      }
    }
    canvas.add(
        Drawing.text(
            axis.title(), frame.left(), bottom + TICK_HEIGHT + TITLE_HEIGHT / 2, "start", "small"));
    if (rule != null) {
      double x = axis.at(rule.value(), frame.left(), frame.right());
      double half = TextWidth.of(rule.label(), Drawing.SMALL_TEXT) / 2;
      double center = Math.clamp(x, half, frame.width() - half);
      canvas.add(
          Drawing.line(x, RULE_HEIGHT, x, bottom, "rule"),
          Drawing.text(rule.label(), center, RULE_HEIGHT / 2, "middle", "small"));
    }
  }

  private void drawRow(Element canvas, Frame frame, Row row, double top) {
    Element group =
        Drawing.group("row " + row.emphasis().style())
            .add(
                Drawing.tooltip(row.tooltip()),
                Drawing.rectangle(0, top, frame.width(), frame.rowHeight(), "hit"));
    double middle = top + frame.headline() + (frame.rowHeight() - frame.headline()) / 2;
    drawTexts(group, frame, row, frame.headline() > 0 ? top + ROW_GAP / 2 : middle);
    double bars = row.marks().stream().filter(Bar.class::isInstance).count();
    double barHeight = bars == 0 ? 0 : band / bars;
    double barTop = middle - band / 2;
    for (Mark mark : row.marks()) {
      switch (mark) {
        case Dot dot -> {
          double x = at(frame, dot.value());
          boolean isBad = row.emphasis() == Emphasis.BAD;
          group.add(
              isBad ? Drawing.diamond(x, middle, 6, "mark") : Drawing.dot(x, middle, 5, "mark"));
        }
        case Span span ->
            group.add(
                Drawing.line(
                    at(frame, span.low()), middle, at(frame, span.high()), middle, "span"));
        case Bar bar -> {
          double width = at(frame, bar.value()) - frame.left();
          Element rectangle =
              Drawing.rectangle(
                  frame.left(), barTop + 1, width, barHeight - 2, "mark " + bar.emphasis().style());
          group.add(rectangle);
          barTop += barHeight;
        }
        case Shape shape -> drawShape(group, frame, shape, middle);
      }
    }
    canvas.add(group);
  }

  /** Name and value, beside the marks or in lines above them. */
  private static void drawTexts(Element group, Frame frame, Row row, double y) {
    double width = frame.width();
    double valueWidth = TextWidth.bold(row.value(), Drawing.TEXT) + GAP;
    if (frame.headline() == 0) {
      group.add(
          Drawing.label(row.name(), row.detail(), frame.left() - GAP + 1, 0, y, "start"),
          Drawing.text(row.value(), width, y, "end", "value"));
      return;
    }
    double first = y + LINE / 2;
    double last = y + frame.headline() - LINE / 2;
    group.add(
        Drawing.label(row.name(), "", first < last ? width : width - valueWidth, 0, first, "start"),
        Drawing.text(row.value(), width, last, "end", "value"));
    if (!row.detail().isEmpty()) {
      group.add(
          Drawing.text(
              TextWidth.fit(row.detail(), width - valueWidth, Drawing.SMALL_TEXT),
              0,
              last,
              "start",
              "small"));
    }
  }

  private double at(Frame frame, double value) {
    return axis.at(value, frame.left(), frame.right());
  }

  /** A body as thick as samples are dense, with a bar for the middle half and a line at p50. */
  private void drawShape(Element group, Frame frame, Shape shape, double middle) {
    List<Double> quantiles = shape.quantiles();
    double[] places = quantiles.stream().mapToDouble(value -> at(frame, value)).toArray();
    Density density = new Density(places);
    double begin = Math.max(frame.left(), density.begin());
    double end = Math.min(frame.right(), density.end());
    List<double[]> upper = new ArrayList<>();
    double most = 0;
    for (double x = begin; x < end + SHAPE_STEP; x += SHAPE_STEP) {
      double inside = Math.min(x, end);
      double thickness = density.at(inside);
      most = Math.max(most, thickness);
      upper.add(new double[] {inside, thickness});
    }
    List<double[]> outline = new ArrayList<>();
    for (double[] point : upper) {
      outline.add(new double[] {point[0], middle - thickness(point[1] / most)});
    }
    for (double[] point : upper.reversed()) {
      outline.add(new double[] {point[0], middle + thickness(point[1] / most)});
    }
    int last = quantiles.size() - 1;
    double median = places[last / 2];
    group.add(
        Drawing.path(outline, true, "shape"),
        Drawing.line(places[last / 4], middle, places[3 * last / 4], middle, "half"),
        Drawing.line(median, middle - band / 2, median, middle + band / 2, "median"));
  }

  private double thickness(double share) {
    return Math.max(LEAST_THICKNESS, share * band / 2);
  }
}
