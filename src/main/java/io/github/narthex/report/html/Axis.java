package io.github.narthex.report.html;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;

/**
 * What is along one side of a chart.
 *
 * @param title what it is, with its unit
 * @param low the value at its beginning
 * @param high the value at its end, above {@code low}
 * @param isLog whether equal ratios, not equal differences, are equally far apart; {@code low} is
 *     above 0 then
 */
public record Axis(String title, double low, double high, boolean isLog) {
  /** From this ratio of the largest to the smallest value on, an axis is logarithmic. */
  private static final double LOG_FROM = 6;

  private static final double MARGIN = 0.05;
  private static final double TICK_DISTANCE = 64;
  private static final double NINE_IN_A_DECADE = 9;
  private static final double THREE_IN_A_DECADE = 3;

  /**
   * A value with its text.
   *
   * @param value where it is
   */
  record Tick(double value, String text) {}

  /** An axis on which these values have room. Without finite ones it is from 0 to 1. */
  public static Axis of(String title, DoubleStream values) {
    double[] sorted = values.filter(Double::isFinite).sorted().toArray();
    if (sorted.length == 0) {
      return new Axis(title, 0, 1, false);
    }
    double low = sorted[0];
    double high = sorted[sorted.length - 1];
    if (low > 0 && high / low >= LOG_FROM) {
      double margin = Math.pow(high / low, MARGIN);
      return new Axis(title, low / margin, high * margin, true);
    }
    double margin = Math.max(MARGIN * (high - low), 0.01 * Math.abs(high));
    margin = margin == 0 ? 1 : margin;
    return new Axis(
        title, low > 0 ? Math.max(0, low - margin) : low - margin, high + margin, false);
  }

  /** An axis from 0 on. */
  public static Axis fromZero(String title, DoubleStream values) {
    double high = values.filter(Double::isFinite).max().orElse(0);
    return new Axis(title, 0, high > 0 ? (1 + MARGIN) * high : 1, false);
  }

  /** Where a value is between two places; one beyond the axis is at its end. */
  double at(double value, double from, double to) {
    double inside = Math.clamp(value, low, high);
    double share =
        isLog ? Math.log(inside / low) / Math.log(high / low) : (inside - low) / (high - low);
    return from + share * (to - from);
  }

  /** Round values for an axis that is so many units long. */
  List<Tick> ticks(double length) {
    double count = Math.max(2, length / TICK_DISTANCE);
    List<Tick> ticks = isLog ? logTicks(count) : List.of();
    return ticks.size() < 2 ? linearTicks(count) : ticks;
  }

  private List<Tick> linearTicks(double count) {
    BigDecimal step = roundStep((high - low) / count);
    List<Tick> ticks = new ArrayList<>();
    BigDecimal value = BigDecimal.valueOf(low).divide(step, 0, RoundingMode.CEILING).multiply(step);
    while (value.doubleValue() <= high) {
      ticks.add(tick(value));
      value = value.add(step);
    }
    return ticks;
  }

  /** The next of 1, 2 and 5 times a power of ten. */
  private static BigDecimal roundStep(double least) {
    BigDecimal power = power((int) Math.floor(Math.log10(least)));
    for (int factor : new int[] {1, 2, 5}) {
      BigDecimal step = power.multiply(BigDecimal.valueOf(factor));
      if (step.doubleValue() >= least) {
        return step;
      }
    }
    return power.multiply(BigDecimal.TEN);
  }

  private static BigDecimal power(int exponent) {
    return BigDecimal.ONE.scaleByPowerOfTen(exponent);
  }

  private List<Tick> logTicks(double count) {
    double decades = Math.log10(high / low);
    double perDecade = count / decades;
    if (perDecade >= NINE_IN_A_DECADE) {
      return linearTicks(count);
    }
    int[] factors = perDecade >= THREE_IN_A_DECADE ? new int[] {1, 2, 5} : new int[] {1};
    int every = Math.max(1, (int) Math.ceil(1 / perDecade));
    List<Tick> ticks = new ArrayList<>();
    int first = (int) Math.floor(Math.log10(low));
    for (int i = first; i <= Math.log10(high); i++) {
      for (int factor : factors) {
        BigDecimal value = power(i).multiply(BigDecimal.valueOf(factor));
        boolean isInside = value.doubleValue() >= low && value.doubleValue() <= high;
        if (isInside && Math.floorMod(i, every) == 0) {
          ticks.add(tick(value));
        }
      }
    }
    return ticks;
  }

  private static Tick tick(BigDecimal value) {
    int decimals = Math.max(0, value.stripTrailingZeros().scale());
    return new Tick(value.doubleValue(), String.format(Locale.ROOT, "%,." + decimals + "f", value));
  }
}
