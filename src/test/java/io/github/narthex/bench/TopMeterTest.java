package io.github.narthex.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.DType;
import io.github.narthex.Shape;
import io.github.narthex.io.NpyArray;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class TopMeterTest {
  private static NpyArray scores(float... values) {
    return new NpyArray(DType.FLOAT32, Shape.of(1, values.length), MemorySegment.ofArray(values));
  }

  @Test
  void countsWhatIsFirstAndAmongFive() {
    TopMeter meter = new TopMeter();
    NpyArray falling = scores(6, 5, 4, 3, 2, 1);
    meter.add(falling, 0);
    meter.add(falling, 1);
    meter.add(falling, 4);
    meter.add(falling, 5);

    assertEquals(new TopAccuracy(0.25, 0.75), meter.accuracy());
  }

  @Test
  void amongFiveOfFiveIsNoFeat() {
    TopMeter meter = new TopMeter();
    meter.add(scores(1, 2, 3, 4, 5), 4);

    assertEquals(1, meter.accuracy().top1());
    assertTrue(Double.isNaN(meter.accuracy().top5()));
  }

  /** A model that gives the same score to all classes must not be right each time. */
  @Test
  void ofEqualScoresTheFirstCounts() {
    TopMeter meter = new TopMeter();
    for (int label = 0; label < 10; label++) {
      meter.add(scores(new float[10]), label);
    }

    assertEquals(new TopAccuracy(0.1, 0.5), meter.accuracy());
  }

  @Test
  void whatIsNoScoreIsWrong() {
    TopMeter meter = new TopMeter();
    float nan = Float.NaN;
    meter.add(scores(nan, 1, 1, 1, 1, 1), 0);
    meter.add(scores(nan, nan, nan, nan, nan, 1), 5);
    meter.add(scores(1, 1, 1, 1, 1, 1), 6);
    meter.add(scores(1, 2, 1, 1, 1, Float.POSITIVE_INFINITY), 5);

    assertEquals(new TopAccuracy(0.25, 0.25), meter.accuracy());
  }
}
