package io.github.narthex.load;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ScheduleTest {
  private static long[] first(int count, Schedule schedule) {
    return LongStream.generate(schedule::next).limit(count).toArray();
  }

  @Test
  void constantIntervalsDoNotDrift() {
    long[] due = first(3_000_000, Schedule.constant(3));
    assertArrayEquals(new long[] {166_666_666, 500_000_000, 833_333_333}, Arrays.copyOf(due, 3));
    assertEquals(999_999_833_333_333L, due[due.length - 1]);
  }

  @Test
  void poissonHasTheRateAndTheSpreadOfOne() {
    for (long seed = 0; seed < 5; seed++) {
      int count = 100_000;
      long[] due = first(count, Schedule.poisson(2000, seed));
      double mean = due[count - 1] / (double) count;
      double squares = 0;
      long empty = 0;
      for (int i = 1; i < count; i++) {
        long interval = due[i] - due[i - 1];
        assertTrue(interval >= 0);
        squares += Math.pow(interval - mean, 2);
        empty += interval > 500_000 ? 1 : 0;
      }
      // One standard deviation of the mean is 0.3 %.
      assertEquals(500_000, mean, 0.015 * 500_000);
      assertEquals(1, Math.sqrt(squares / count) / mean, 0.02);
      assertEquals(Math.exp(-1), empty / (double) count, 0.01);
    }
  }

  @Test
  void seedsDecide() {
    long[] one = first(100, Arrivals.POISSON.at(50, 7));
    assertArrayEquals(one, first(100, Arrivals.POISSON.at(50, 7)));
    assertNotEquals(one[99], first(100, Arrivals.POISSON.at(50, 8))[99]);
    assertArrayEquals(
        first(100, Arrivals.CONSTANT.at(50, 7)), first(100, Arrivals.CONSTANT.at(50, 8)));
  }
}
