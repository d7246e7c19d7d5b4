package io.github.narthex.report.html;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LabelPlacerTest {
  private static final Box BOUNDS = new Box(0, 0, 400, 300);

  @Test
  void besideThePoint() {
    LabelPlacer placer = new LabelPlacer(BOUNDS);
    assertEquals(Optional.of(new Box(108, 92, 158, 108)), placer.place(100, 100, 50, 16, 20));
    // The right is taken now, and the left is free.
    assertEquals(Optional.of(new Box(42, 92, 92, 108)), placer.place(100, 100, 50, 16, 20));
  }

  @Test
  void noRoom() {
    assertEquals(Optional.empty(), new LabelPlacer(BOUNDS).place(200, 100, 500, 16, 100));
  }

  @Test
  void noneTouchesAnother() {
    SplittableRandom random = new SplittableRandom(2);
    LabelPlacer placer = new LabelPlacer(BOUNDS);
    List<Box> boxes = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      double x = random.nextDouble(400);
      double y = random.nextDouble(300);
      placer.place(x, y, 20 + random.nextDouble(100), 16, 100).ifPresent(boxes::add);
    }
    assertTrue(boxes.size() > 10);
    for (Box box : boxes) {
      assertTrue(box.isInside(BOUNDS));
      assertEquals(1, boxes.stream().filter(box::touches).count());
    }
  }
}
