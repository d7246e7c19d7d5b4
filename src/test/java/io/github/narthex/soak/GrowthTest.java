package io.github.narthex.soak;

import static io.github.narthex.soak.Made.MB;
import static io.github.narthex.soak.Made.dependent;
import static io.github.narthex.soak.Made.leak;
import static io.github.narthex.soak.Made.noise;
import static io.github.narthex.soak.Made.plus;
import static io.github.narthex.soak.Made.series;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.soak.Growth.Finding;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is found in series that are made up; of noise, over many seeds. */
class GrowthTest {
  private static final int SEEDS = 500;

  /** Stricter than the usual ones, so that noise alone is judged. */
  private static final GrowthLimits NONE = new GrowthLimits(0, 0, 0);

  private static Growth rss(Series series) {
    return Growth.of(Metric.RSS, series, GrowthLimits.STANDARD);
  }

  private static int grown(Function<Random, Made.Shape> shape, GrowthLimits limits) {
    int grown = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      Series series = series(shape.apply(new Random(seed)));
      grown += Growth.of(Metric.RSS, series, limits).finding() == Finding.GROWS ? 1 : 0;
    }
    return grown;
  }

  @Test
  void aSlowLeakGrows() {
    Growth growth = rss(series(plus(leak(20 * MB), noise(new Random(1), MB))));
    assertEquals(Finding.GROWS, growth.finding());
    Slope slope = growth.slope();
    assertTrue(slope != null && slope.interval().contains(160 * MB), () -> "" + slope);
    assertTrue(growth.isFailure());
    assertEquals(20 * MB, growth.last() - growth.first(), 3 * MB);
  }

  @Test
  void leaksAreFoundAlmostAlways() {
    assertTrue(grown(r -> plus(leak(20 * MB), noise(r, MB)), GrowthLimits.STANDARD) > 495);
    assertTrue(grown(r -> plus(leak(20 * MB), noise(r, 3 * MB)), GrowthLimits.STANDARD) > 450);
    assertTrue(
        grown(r -> plus(leak(40 * MB), dependent(r, 3 * MB, 0.8)), GrowthLimits.STANDARD) > 450);
    // Memory is had in pieces: a leak is a stair.
    assertTrue(
        grown(r -> plus((t, i) -> 4 * MB * Math.floor(8 * t), noise(r, MB)), GrowthLimits.STANDARD)
            > 490);
  }

  @Test
  void aLeakBelowTheLimitIsNone() {
    assertEquals(0, grown(r -> plus(leak(5 * MB), noise(r, MB)), GrowthLimits.STANDARD));
  }

  @Test
  void noiseIsNoGrowth() {
    assertEquals(0, grown(r -> noise(r, 2 * MB), GrowthLimits.STANDARD));
    assertEquals(0, grown(r -> noise(r, 20 * MB), GrowthLimits.STANDARD));
    assertTrue(grown(r -> noise(r, 50 * MB), NONE) < 15);
  }

  /** As much memory as a series can have of itself; with limits of 0 the interval alone decides. */
  @ParameterizedTest
  @ValueSource(doubles = {0.5, 0.8, 0.9, 0.95})
  void noiseThatRemembersIsNoGrowth(double memory) {
    assertTrue(grown(r -> dependent(r, 2 * MB, memory), GrowthLimits.STANDARD) <= 2);
    int alarms = grown(r -> dependent(r, 50 * MB, memory), NONE);
    assertTrue(alarms < 25, alarms + " of " + SEEDS);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.1, 0.3, 0.5, 0.6, 0.8, 0.95})
  void aStepIsNoSlope(double at) {
    assertTrue(grown(r -> plus(Made.step(at, 60 * MB), noise(r, MB)), GrowthLimits.STANDARD) == 0);
    assertEquals(0, grown(r -> plus(Made.step(at, 60 * MB), dependent(r, MB, 0.8)), NONE));
  }

  @Test
  void twoStepsAreNoSlope() {
    Made.Shape steps = plus(Made.step(0.25, 40 * MB), Made.step(0.75, 40 * MB));
    assertTrue(grown(r -> plus(steps, noise(r, MB)), GrowthLimits.STANDARD) < 5);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.05, 0.2, 0.4, 0.5})
  void whatGrewEarlyIsFlat(double until) {
    assertEquals(
        0, grown(r -> plus(Made.early(until, 80 * MB), noise(r, MB)), GrowthLimits.STANDARD));
  }

  @Test
  void whatComesToAnEndIsFlat() {
    assertEquals(
        0, grown(r -> plus(Made.saturating(0.1, 80 * MB), noise(r, MB)), GrowthLimits.STANDARD));
  }

  /** From collections after each few samples to one that has come twice. */
  @ParameterizedTest
  @ValueSource(doubles = {25, 9.3, 4.5, 3, 2, 1.5})
  void aSawToothIsNoSlope(double times) {
    assertEquals(
        0, grown(r -> plus(Made.saw(times, 60 * MB), noise(r, MB)), GrowthLimits.STANDARD));
  }

  @Test
  void aLeakUnderASawToothGrows() {
    assertTrue(
        grown(
                r -> plus(leak(80 * MB), plus(Made.saw(11.3, 30 * MB), noise(r, MB))),
                GrowthLimits.STANDARD)
            > 490);
  }

  @Test
  void oneHandleTooManyAtATimeGrows() {
    Series series = series((t, i) -> Math.floor(0.25 * i));
    Growth growth = Growth.of(Metric.HANDLES, series, GrowthLimits.STANDARD);
    assertEquals(Finding.GROWS, growth.finding());
    assertEquals(
        Finding.FLAT,
        Growth.of(Metric.HANDLES, series((t, i) -> 7), GrowthLimits.STANDARD).finding());
  }

  @Test
  void tooFewSamplesSayNothing() {
    Growth growth = rss(series(Growth.MIN_SAMPLES - 1, leak(500 * MB)));
    assertEquals(Finding.UNKNOWN, growth.finding());
    assertNull(growth.slope());
    assertEquals(Finding.GROWS, rss(series(Growth.MIN_SAMPLES, leak(500 * MB))).finding());
    assertEquals(Finding.UNKNOWN, rss(new Series(new double[0], new double[0])).finding());
  }

  @Test
  void whatFallsIsFlat() {
    assertEquals(Finding.FLAT, rss(series(leak(-50 * MB))).finding());
  }
}
