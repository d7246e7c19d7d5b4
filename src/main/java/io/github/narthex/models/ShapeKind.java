package io.github.narthex.models;

import java.util.List;

/** The shapes of {@link ShapePictures}, each by what belongs to it. */
final class ShapeKind {
  static final List<String> LABELS =
      List.of(
          "disc",
          "ring",
          "square",
          "frame",
          "triangle",
          "cross",
          "half-disc",
          "crescent",
          "ell",
          "hourglass");
  static final int COUNT = LABELS.size();

  private ShapeKind() {}

  /**
   * Whether a place belongs to a shape around 0, 0.
   *
   * @param label which shape
   * @param u the place, in units of any length, as {@code v} and {@code r}
   * @param r how far the shape reaches
   */
  static boolean contains(int label, int u, int v, int r) {
    int a = Math.abs(u);
    int b = Math.abs(v);
    int box = 8 * Math.max(a, b);
    boolean disc = u * u + v * v <= r * r;
    return switch (label) {
      case 0 -> disc;
      case 1 -> disc && 4 * (u * u + v * v) > r * r;
      case 2 -> box <= 7 * r;
      case 3 -> box <= 7 * r && box > 4 * r;
      case 4 -> 2 * v >= -r && 7 * a + 4 * v <= 4 * r;
      case 5 -> 3 * Math.min(a, b) <= r && Math.max(a, b) <= r;
      case 6 -> disc && v >= 0;
      case 7 -> disc && 16 * ((u - r / 2) * (u - r / 2) + v * v) > 9 * r * r;
      case 8 -> box <= 7 * r && Math.min(u, v) < Math.floorDiv(-r, 4);
      case 9 -> 4 * b <= 3 * a && a <= r;
      default -> throw new IllegalArgumentException("no shape " + label);
    };
  }
}
