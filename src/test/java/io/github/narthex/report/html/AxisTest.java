package io.github.narthex.report.html;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class AxisTest {
  private static List<String> ticks(Axis axis, double length) {
    return axis.ticks(length).stream().map(Axis.Tick::text).toList();
  }

  @Test
  void linear() {
    Axis axis = new Axis("ms", 0, 10, false);
    assertEquals(List.of("0", "2", "4", "6", "8", "10"), ticks(axis, 400));
    assertEquals(30, axis.at(2, 10, 110));
    assertEquals(110, axis.at(12, 10, 110));
    assertEquals(List.of("19.5", "20.0", "20.5"), ticks(new Axis("", 19.4, 20.6, false), 190));
    assertEquals(List.of("0", "1,000"), ticks(new Axis("", 0, 1500, false), 140));
  }

  @Test
  void logarithmic() {
    Axis axis = new Axis("%", 1e-4, 10, true);
    assertEquals(List.of("0.0001", "0.001", "0.01", "0.1", "1", "10"), ticks(axis, 500));
    assertEquals(60, axis.at(0.1, 0, 100), 1e-9);
    assertEquals(0, axis.at(0, 0, 100));
    assertEquals(
        List.of("1", "2", "5", "10", "20", "50", "100"), ticks(new Axis("", 1, 100, true), 500));
  }

  @Test
  void manyTimesLargerIsLogarithmic() {
    assertFalse(Axis.of("", DoubleStream.of(1, 5)).isLog());
    assertTrue(Axis.of("", DoubleStream.of(1, 50)).isLog());
    assertFalse(Axis.of("", DoubleStream.of(0, 50)).isLog());
    assertEquals(0, Axis.fromZero("", DoubleStream.of(3, 50)).low());
  }

  @Test
  void nothingAndTheSame() {
    assertEquals(new Axis("", 0, 1, false), Axis.of("", DoubleStream.of(Double.NaN)));
    Axis axis = Axis.of("", DoubleStream.of(7, 7));
    assertTrue(axis.low() < 7 && axis.high() > 7);
    assertTrue(Axis.of("", DoubleStream.of(0)).high() > 0);
  }

  /** Whatever the values, there are some ticks, all of them on the axis and in order. */
  @Test
  void anyValues() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 1000; i++) {
      double one = Math.pow(10, random.nextDouble(-6, 6));
      double other = one * Math.pow(10, random.nextDouble(0, 5));
      Axis axis = Axis.of("", DoubleStream.of(one, other));
      List<Double> ticks =
          axis.ticks(random.nextDouble(150, 900)).stream().map(Axis.Tick::value).toList();
      String what = axis + " " + ticks;
      assertTrue(ticks.size() >= 1 && ticks.size() < 40, what);
      assertEquals(ticks.stream().sorted().distinct().toList(), ticks, what);
      assertTrue(ticks.getFirst() >= axis.low() && ticks.getLast() <= axis.high(), what);
    }
  }
}
