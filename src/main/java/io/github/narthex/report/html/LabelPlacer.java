package io.github.narthex.report.html;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Finds room for labels beside points, so that none covers another or a point. */
final class LabelPlacer {
  private static final double[] DISTANCES = {8, 16, 28, 42, 60, 80, 104};

  /** Right and left first, since a text reads best beside its point. */
  private static final double[][] DIRECTIONS = {
    {1, 0}, {-1, 0}, {1, -0.7}, {1, 0.7}, {-1, -0.7}, {-1, 0.7}, {0, -1}, {0, 1}
  };

  private final Box bounds;
  private final List<Box> taken = new ArrayList<>();

  LabelPlacer(Box bounds) {
    this.bounds = bounds;
  }

  /** Keeps labels off. */
  void take(Box box) {
    taken.add(box);
  }

  /**
   * Room for a label of this size near a point, which is taken then; empty if there is none.
   *
   * @param farthest the farthest that it may be from the point
   */
  Optional<Box> place(double x, double y, double width, double height, double farthest) {
    for (double distance : DISTANCES) {
      if (distance > farthest) {
        break;
      }
      for (double[] direction : DIRECTIONS) {
        double centerX = x + direction[0] * (distance + width / 2);
        double centerY = y + direction[1] * (distance + height / 2);
        Box box =
            new Box(
                centerX - width / 2,
                centerY - height / 2,
                centerX + width / 2,
                centerY + height / 2);
        if (box.isInside(bounds) && taken.stream().noneMatch(box::touches)) {
          taken.add(box);
          return Optional.of(box);
        }
      }
    }
    return Optional.empty();
  }
}
