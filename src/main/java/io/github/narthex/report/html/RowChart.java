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
   * @param value in figures
   * @param tooltip what else there is to say
   */
  public record Row(
      String name, String value, String tooltip, Emphasis emphasis, List<Mark> marks) {
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
  private static final double MOST_NAME = 0.4;
  private static final double HEADLINE = 18;
  private static final double NARROW_MARGIN = 6;
  private static final double RULE_HEIGHT = 20;
  private static final double TICK_HEIGHT = 20;
  private static final double TITLE_HEIGHT = 20;
  private static final double ROW_GAP = 6;
  private static final double SHAPE_STEP = 2;

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
      double rowHeight = HEADLINE + band + ROW_GAP;
      return new Frame(width, NARROW_MARGIN, width - NARROW_MARGIN, top, HEADLINE, rowHeight);
    }
    double names = 0;
    double values = 0;
    for (Row row : rows) {
      names = Math.max(names, TextWidth.bold(row.name(), Drawing.TEXT));
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
    boolean isNarrow = frame.headline() > 0;
    double textY = isNarrow ? top + HEADLINE / 2 + 2 : middle;
    double valueWidth = TextWidth.bold(row.value(), Drawing.TEXT);
    double nameWidth = isNarrow ? frame.width() - valueWidth - GAP : frame.left() - GAP;
    group.add(
        Drawing.text(
            TextWidth.fit(row.name(), nameWidth + 1, Drawing.TEXT), 0, textY, "start", "name"),
        Drawing.text(row.value(), frame.width(), textY, "end", "value"));
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
      outline.add(new double[] {point[0], middle - point[1] / most * band / 2});
    }
    for (double[] point : upper.reversed()) {
      outline.add(new double[] {point[0], middle + point[1] / most * band / 2});
    }
    int last = quantiles.size() - 1;
    double median = places[last / 2];
    group.add(
        Drawing.path(outline, true, "shape"),
        Drawing.line(places[last / 4], middle, places[3 * last / 4], middle, "half"),
        Drawing.line(median, middle - band / 2, median, middle + band / 2, "median"));
  }
}
