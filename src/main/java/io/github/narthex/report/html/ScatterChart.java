package io.github.narthex.report.html;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Points by two figures, with names beside those that matter and, where there is room, beside the
 * others.
 *
 * @param description what it shows, for those who do not see it
 * @param front the points that no other beats in both, which a line joins: lower x and higher y are
 *     better
 */
public record ScatterChart(String description, Axis x, Axis y, List<Point> points, Front front) {
  /**
   * A point.
   *
   * @param detail what tells it apart from others of that name; may be empty
   * @param tooltip what else there is to say
   * @param matters whether its name is to be there in any case
   */
  public record Point(
      double x,
      double y,
      String name,
      String detail,
      String tooltip,
      Emphasis emphasis,
      boolean matters) {}

  /**
   * Points that no other beats in both figures.
   *
   * @param points in any order
   */
  public record Front(List<Point> points) {
    /** Copied, and ordered from left to right. */
    public Front {
      points = points.stream().sorted(Comparator.comparingDouble(Point::x)).toList();
    }
  }

  private static final double WIDE_HEIGHT = 400;
  private static final double NARROW_HEIGHT = 360;
  private static final double TOP = 30;
  private static final double BOTTOM = 44;
  private static final double RIGHT = 10;
  private static final double GAP = 8;
  private static final double RADIUS = 5;
  private static final double LABEL_HEIGHT = 16;
  private static final double NEAR = 18;
  private static final double FAR = 110;
  private static final double MOST_NARROW_LABEL = 0.72;

  /** The list is copied. */
  public ScatterChart {
    points = List.copyOf(points);
  }

  /** Where the plot is on its canvas. */
  private record Frame(double left, double top, double right, double bottom) {}

  /**
   * The chart.
   *
   * @param width of the canvas in CSS pixels
   */
  public Element draw(double width, boolean isNarrow) {
    double height = isNarrow ? NARROW_HEIGHT : WIDE_HEIGHT;
    double tickWidth = 0;
    for (Axis.Tick tick : y.ticks(height - TOP - BOTTOM)) {
      tickWidth = Math.max(tickWidth, TextWidth.of(tick.text(), Drawing.SMALL_TEXT));
    }
    Frame frame = new Frame(tickWidth + GAP, TOP, width - RIGHT, height - BOTTOM);
    Element canvas = Drawing.canvas(width, height, description, isNarrow);
    drawAxes(canvas, frame, width);
    drawFront(canvas, frame);
    points.forEach(point -> drawPoint(canvas, frame, point));
    drawLabels(canvas, frame, isNarrow ? MOST_NARROW_LABEL * width : width);
    return canvas;
  }

  private double xOf(Frame frame, Point point) {
    return x.at(point.x(), frame.left(), frame.right());
  }

  private double yOf(Frame frame, Point point) {
    return y.at(point.y(), frame.bottom(), frame.top());
  }

  private void drawAxes(Element canvas, Frame frame, double width) {
    for (Axis.Tick tick : y.ticks(frame.bottom() - frame.top())) {
      double at = y.at(tick.value(), frame.bottom(), frame.top());
      canvas.add(
          Drawing.line(frame.left(), at, frame.right(), at, "grid"),
          Drawing.text(tick.text(), frame.left() - GAP, at, "end", "small"));
    }
    double lastEnd = Double.NEGATIVE_INFINITY;
    for (Axis.Tick tick : x.ticks(frame.right() - frame.left())) {
      double at = x.at(tick.value(), frame.left(), frame.right());
      double half = TextWidth.of(tick.text(), Drawing.SMALL_TEXT) / 2;
      double center = Math.clamp(at, half, width - half);
      canvas.add(Drawing.line(at, frame.top(), at, frame.bottom(), "grid"));
      if (center - half > lastEnd + GAP) {
        canvas.add(Drawing.text(tick.text(), center, frame.bottom() + 14, "middle", "small"));
        lastEnd = center + half;
      }
    }
    canvas.add(
        Drawing.text(y.title(), 0, 10, "start", "small"),
        Drawing.text(x.title(), frame.right(), frame.bottom() + 34, "end", "small"));
  }

  /** Steps: with a latency between two points, the throughput is that of the faster one. */
  private void drawFront(Element canvas, Frame frame) {
    List<double[]> corners = new ArrayList<>();
    for (Point point : front.points()) {
      double at = yOf(frame, point);
      if (!corners.isEmpty()) {
        corners.add(new double[] {xOf(frame, point), corners.getLast()[1]});
      }
      corners.add(new double[] {xOf(frame, point), at});
    }
    if (!corners.isEmpty()) {
      corners.add(new double[] {frame.right(), corners.getLast()[1]});
      canvas.add(Drawing.path(corners, false, "front"));
    }
  }

  private void drawPoint(Element canvas, Frame frame, Point point) {
    double px = xOf(frame, point);
    double py = yOf(frame, point);
    canvas.add(
        Drawing.group("row " + point.emphasis().style())
            .add(
                Drawing.tooltip(point.tooltip()),
                Drawing.dot(px, py, 2 * RADIUS, "hit"),
                switch (point.emphasis()) {
                  case BAD -> Drawing.diamond(px, py, RADIUS + 1, "mark");
                  case CHOSEN -> Drawing.dot(px, py, RADIUS + 2, "mark");
                  case PLAIN, BASELINE -> Drawing.dot(px, py, RADIUS, "mark");
                }));
  }

  private void drawLabels(Element canvas, Frame frame, double most) {
    LabelPlacer placer =
        new LabelPlacer(new Box(frame.left() + 2, frame.top(), frame.right(), frame.bottom() - 2));
    for (Point point : points) {
      placer.take(Box.around(xOf(frame, point), yOf(frame, point), RADIUS + 1));
    }
    List<Point> ordered = new ArrayList<>(points);
    ordered.sort(Comparator.comparing(point -> !point.matters()));
    for (Point point : ordered) {
      double px = xOf(frame, point);
      double py = yOf(frame, point);
      double width = Math.min(most, Drawing.labelWidth(point.name(), point.detail())) + 4;
      Optional<Box> room = placer.place(px, py, width, LABEL_HEIGHT, point.matters() ? FAR : NEAR);
      room.ifPresent(box -> drawLabel(canvas, point, px, py, box));
    }
  }

  /** The text, and a line to its point where that is not beside it. */
  private static void drawLabel(Element canvas, Point point, double px, double py, Box box) {
    double middle = (box.top() + box.bottom()) / 2;
    double nearX = Math.clamp(px, box.left(), box.right());
    double nearY = Math.clamp(py, box.top(), box.bottom());
    double distance = Math.hypot(nearX - px, nearY - py);
    Element group = Drawing.group("label " + point.emphasis().style());
    if (distance > NEAR) {
      double share = (RADIUS + 3) / distance;
      group.add(
          Drawing.line(
              px + share * (nearX - px), py + share * (nearY - py), nearX, nearY, "leader"));
    }
    // Flush with the side that is nearer to the point, since the width is only estimated.
    boolean isRight = box.left() >= px;
    boolean isLeft = box.right() <= px;
    double at =
        isRight ? box.left() + 2 : isLeft ? box.right() - 2 : (box.left() + box.right()) / 2;
    String anchor = isRight ? "start" : isLeft ? "end" : "middle";
    canvas.add(
        group.add(
            Drawing.label(
                point.name(), point.detail(), box.right() - box.left() - 3, at, middle, anchor)));
  }
}
