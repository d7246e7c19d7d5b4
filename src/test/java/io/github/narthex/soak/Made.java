package io.github.narthex.soak;

import java.util.Random;

/** Series that are made up, as RSS of about 400 MB over ten minutes. */
final class Made {
  static final int SAMPLES = 90;
  static final double LEVEL = 400e6;
  static final double MB = 1e6;

  private static final double HOURS = 0.125;

  private Made() {}

  /** A value at a time. */
  interface Shape {
    /**
     * The value.
     *
     * @param t from 0 to 1
     * @param i which one it is, from 0
     */
    double at(double t, int i);
  }

  static Series series(Shape shape) {
    return series(SAMPLES, shape);
  }

  static Series series(int samples, Shape shape) {
    double[] hours = new double[samples];
    double[] values = new double[samples];
    for (int i = 0; i < samples; i++) {
      double t = i / (samples - 1.0);
      hours[i] = t * HOURS;
      values[i] = LEVEL + shape.at(t, i);
    }
    return new Series(hours, values);
  }

  /** Independent noise. */
  static Shape noise(Random random, double deviation) {
    return (t, i) -> deviation * random.nextGaussian();
  }

  /** Noise that remembers: each value is that share of the one before and something new. */
  static Shape dependent(Random random, double deviation, double memory) {
    double[] state = {deviation * random.nextGaussian()};
    double fresh = deviation * Math.sqrt(1 - memory * memory);
    return (t, i) -> state[0] = memory * state[0] + fresh * random.nextGaussian();
  }

  static Shape plus(Shape one, Shape other) {
    return (t, i) -> one.at(t, i) + other.at(t, i);
  }

  /** A steady rise to so much at the end. */
  static Shape leak(double bytes) {
    return (t, i) -> bytes * t;
  }

  /** A step at a time. */
  static Shape step(double at, double bytes) {
    return (t, i) -> t < at ? 0 : bytes;
  }

  /** A rise that ends at a time. */
  static Shape early(double until, double bytes) {
    return (t, i) -> bytes * Math.min(1, t / until);
  }

  /** A rise that becomes ever slower. */
  static Shape saturating(double scale, double bytes) {
    return (t, i) -> bytes * (1 - Math.exp(-t / scale));
  }

  /** Rises so often, and falls at once. */
  static Shape saw(double times, double bytes) {
    return (t, i) -> bytes * (times * t - Math.floor(times * t));
  }
}
