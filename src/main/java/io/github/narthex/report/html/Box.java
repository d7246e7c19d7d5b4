package io.github.narthex.report.html;

/** A rectangle; y grows downwards. */
record Box(double left, double top, double right, double bottom) {
  /** The square around a point. */
  static Box around(double x, double y, double radius) {
    return new Box(x - radius, y - radius, x + radius, y + radius);
  }

  boolean touches(Box other) {
    return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
  }

  boolean isInside(Box other) {
    return left >= other.left && right <= other.right && top >= other.top && bottom <= other.bottom;
  }
}
