package io.github.narthex.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class TrendTest {
  /** Six values, whose fifteen slopes can be had by hand. */
  @Test
  void slopeIsTheMedianOfAllSlopes() {
    Trend trend = Trend.of(new double[] {1, 3, 2, 5, 4, 7});
    // Slopes by hand: 2 .5 1.33 .75 1.2 | -1 1 .33 1 | 3 1 1.67 | -1 1 | 3
    assertEquals(1, trend.slope(), 1e-12);
    assertTrue(trend.slopes().contains(1));
  }

  @Test
  void fiveThatRiseAreSignificantAndFourOfFiveAreNot() {
    assertTrue(Trend.of(new double[] {1, 2, 3, 4, 5}).isSignificant());
    assertTrue(Trend.of(new double[] {5, 4, 3, 2, 1}).isSignificant());
    assertFalse(Trend.of(new double[] {1, 2, 3, 5, 4}).isSignificant());
    assertFalse(Trend.of(new double[] {7, 7, 7, 7, 7}).isSignificant());
    assertThrows(IllegalArgumentException.class, () -> Trend.of(new double[] {1, 2, 3, 4}));
  }

  @Test
  void oneValueFarOutChangesLittle() {
    Trend trend = Trend.of(new double[] {1, 2, 3, 4, 500, 6, 7, 8, 9, 10});
    assertEquals(1, trend.slope(), 1e-12);
    assertTrue(trend.isSignificant());
  }

  /** Of noise alone, one case in twenty is called a trend, and the interval misses 0 as often. */
  @Test
  void falseAlarmsAreAsRareAsPromised() {
    Random random = new Random(1);
    int alarms = 0;
    int misses = 0;
    for (int i = 0; i < 2000; i++) {
      double[] values = new double[12];
      for (int j = 0; j < values.length; j++) {
        values[j] = random.nextGaussian() + 0.3 * j;
      }
      misses += Trend.of(values).slopes().contains(0.3) ? 0 : 1;
      for (int j = 0; j < values.length; j++) {
        values[j] -= 0.3 * j;
      }
      alarms += Trend.of(values).isSignificant() ? 1 : 0;
    }
    assertTrue(alarms > 40 && alarms < 130, alarms + " of 2000");
    assertTrue(misses > 40 && misses < 130, misses + " of 2000");
  }
}
