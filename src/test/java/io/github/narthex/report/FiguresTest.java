package io.github.narthex.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.narthex.bench.Interval;
import io.github.narthex.bench.SpeedUp;
import org.junit.jupiter.api.Test;

class FiguresTest {
  @Test
  void milliseconds() {
    assertEquals("0.007", Figures.ms(0.0071));
    assertEquals("5.497", Figures.ms(5.4971));
    assertEquals("45.40", Figures.ms(45.4));
    assertEquals("1234.5", Figures.ms(1234.5));
    assertEquals("-", Figures.ms(null));
    assertEquals("-", Figures.ms(Double.NaN));
  }

  @Test
  void percent() {
    assertEquals("0", Figures.percent(0));
    assertEquals("0.41 %", Figures.percent(0.0041));
    assertEquals("0.00032 %", Figures.percent(3.2e-6));
    assertEquals("<0.0001 %", Figures.percent(1e-9));
    assertEquals("150 %", Figures.percent(1.5));
    assertEquals("not finite", Figures.percent(Double.POSITIVE_INFINITY));
  }

  @Test
  void speedUps() {
    assertEquals("1.00x", Figures.speedUp(new SpeedUp(1, null)));
    assertEquals(
        "9.14x [8.97, 9.31]", Figures.speedUp(new SpeedUp(9.136, new Interval(8.97, 9.31))));
    assertEquals("-", Figures.speedUp(null));
  }

  @Test
  void sizes() {
    assertEquals("412", Figures.megabytes(412_345_678L));
    assertEquals("102.2 MB", Figures.bytes(102_228_128));
    assertEquals("25.0 GB", Figures.bytes(25_000_000_000L));
    assertEquals("25,557,032", Figures.count(25_557_032));
  }
}
