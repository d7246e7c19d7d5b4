package io.github.narthex.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class QuantilesTest {
  @Test
  void interpolatesAsNumPyDoes() {
    long[] sorted = {10, 20, 40, 80};
    assertEquals(10, Quantiles.of(sorted, 0));
    assertEquals(30, Quantiles.of(sorted, 0.5));
    assertEquals(50, Quantiles.of(sorted, 0.75));
    assertEquals(80, Quantiles.of(sorted, 1));
  }

  @Test
  void medianOfUnsortedSamples() {
    assertEquals(2, Quantiles.median(new long[] {3, 1, 2}));
    assertEquals(2.5, Quantiles.median(new long[] {4, 1, 3, 2}));
    assertEquals(7, Quantiles.median(new long[] {7}));
  }

  @Test
  void tailOfTheNormalDistribution() {
    // scipy.stats.norm.cdf
    assertEquals(0.024997895148220435, Quantiles.normalBelow(-1.96), 1e-7);
    assertEquals(0.0013498980316300933, Quantiles.normalBelow(-3), 1e-7);
    assertEquals(0.5, Quantiles.normalBelow(-0.0), 1e-7);
  }

  @Test
  void studentApproachesNormal() {
    assertEquals(2.262, Quantiles.student95(9));
    // scipy.stats.t.ppf(0.975, 40), and 1000
    assertEquals(2.0210753903, Quantiles.student95(40), 2e-3);
    assertEquals(1.9623390808, Quantiles.student95(1000), 1e-3);
  }
}
