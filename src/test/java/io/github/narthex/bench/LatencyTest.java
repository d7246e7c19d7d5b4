package io.github.narthex.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Collections;
import java.util.Objects;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class LatencyTest {
  private static long[] milliseconds(int count) {
    return LongStream.rangeClosed(1, count).map(i -> i * 1_000_000).toArray();
  }

  @Test
  void summaryOfKnownSamples() {
    Latency latency = Latency.of(milliseconds(1000));

    assertEquals(1, latency.minMs());
    assertEquals(1000, latency.maxMs());
    assertEquals(500.5, latency.meanMs());
    assertEquals(500.5, latency.p50Ms());
    // numpy.percentile(range(1, 1001), [90, 95, 99])
    assertEquals(900.1, Objects.requireNonNull(latency.p90Ms()), 1e-9);
    assertEquals(950.05, Objects.requireNonNull(latency.p95Ms()), 1e-9);
    assertEquals(990.01, Objects.requireNonNull(latency.p99Ms()), 1e-9);
    assertEquals(1000, latency.samples());
  }

  @Test
  void microsecondsAreNotLost() {
    assertEquals(0.0075, Latency.of(new long[] {7_000, 8_000}).p50Ms());
  }

  @Test
  void percentilesHaveFloors() {
    assertNull(Latency.of(milliseconds(63)).p90Ms());
    assertNotNull(Latency.of(milliseconds(64)).p90Ms());
    assertNull(Latency.of(milliseconds(129)).p95Ms());
    assertNotNull(Latency.of(milliseconds(130)).p95Ms());
    assertNull(Latency.of(milliseconds(661)).p99Ms());
    assertNotNull(Latency.of(milliseconds(662)).p99Ms());
  }

  /** A curve is drawn whatever the floors: it shows what was seen. */
  @Test
  void curveOfQuantiles() {
    Latency latency = Latency.of(milliseconds(201));
    assertEquals(101, latency.curveMs().size());
    assertEquals(1, latency.curveMs().getFirst());
    assertEquals(3, latency.curveMs().get(1));
    assertEquals(latency.p50Ms(), latency.curveMs().get(50));
    assertEquals(201, latency.curveMs().getLast());
    assertEquals(Collections.nCopies(101, 7.0), Latency.of(new long[] {7_000_000}).curveMs());
  }

  @Test
  void samplesAreNotChanged() {
    long[] samples = {3, 1, 2};
    Latency.of(samples);
    assertArrayEquals(new long[] {3, 1, 2}, samples);
  }

  @Test
  void noSamples() {
    assertThrows(IllegalArgumentException.class, () -> Latency.of(new long[0]));
  }
}
