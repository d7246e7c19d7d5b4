package io.github.narthex.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HistogramTest {
  private static Distribution of(long... values) {
    Histogram histogram = new Histogram();
    for (long value : values) {
      histogram.add(value);
    }
    return histogram.distribution();
  }

  @Test
  void quantilesAreThoseOfTheSamples() {
    Random random = new Random(1);
    long[] values = new long[20_000];
    for (int i = 0; i < values.length; i++) {
      values[i] = (long) Math.exp(5 + 20 * random.nextDouble());
    }
    Distribution distribution = of(values);
    Arrays.sort(values);
    for (double q : new double[] {0.001, 0.1, 0.5, 0.9, 0.99, 0.9999, 1}) {
      long exact = values[(int) Math.ceil(q * values.length) - 1];
      assertEquals((double) exact, distribution.quantile(q), 0.001 * exact, () -> "at " + q);
    }
    assertEquals(values[0], distribution.min());
    assertEquals(values[values.length - 1], distribution.max());
    assertEquals(Arrays.stream(values).average().orElseThrow() / 1e6, distribution.meanMs(), 1e-6);
    assertEquals(5_000, distribution.countAbove((double) values[14_999]), 5);
    assertEquals(0, distribution.countAbove((double) values[values.length - 1]), 1);
    assertEquals(20_000, distribution.countAbove(0));
  }

  @Test
  void smallValuesAreExact() {
    for (long value : new long[] {0, 1, 7, 511, 512, 1023}) {
      Distribution distribution = of(value, value);
      assertEquals((double) value, distribution.quantile(0.5));
      assertEquals(new Distribution.Bucket(value, value, 2), distribution.buckets().getFirst());
    }
  }

  @Test
  void everyValueIsInsideItsBucket() {
    for (int bits = 0; bits < 50; bits++) {
      for (long value : new long[] {(1L << bits) - 1, 1L << bits, (1L << bits) + 1}) {
        Distribution.Bucket bucket = of(value).buckets().getFirst();
        assertTrue(bucket.from() <= value && value <= bucket.to(), () -> value + " " + bucket);
        assertTrue(bucket.to() - bucket.from() <= value / 512, () -> value + " " + bucket);
      }
    }
  }

  @Test
  void extremes() {
    Distribution distribution = of(-5, Long.MAX_VALUE);
    assertEquals(0, distribution.min());
    assertEquals(Long.MAX_VALUE, distribution.max());
    assertEquals(2, distribution.count());
    assertTrue(Double.isNaN(of().quantile(0.5)));
    assertTrue(Double.isNaN(of().meanMs()));
  }

  @Test
  void sumOfTwo() {
    assertEquals(of(1, 2, 2, 5_000_000), of(2, 5_000_000).plus(of(1, 2)));
    assertEquals(of(3), of(3).plus(Distribution.NONE));
    assertEquals(of(3), Distribution.NONE.plus(of(3)));
    Histogram histogram = new Histogram();
    histogram.add(2);
    Histogram other = new Histogram();
    other.add(9_999);
    other.add(histogram);
    assertEquals(of(2, 9_999), other.distribution());
  }

  @Test
  void percentilesNeedTheirSamples() {
    for (Percentile percentile : Percentile.values()) {
      long[] values = new long[percentile.least()];
      assertNotNull(of(values).ms(percentile));
      assertNull(of(Arrays.copyOf(values, values.length - 1)).ms(percentile));
    }
  }
}
