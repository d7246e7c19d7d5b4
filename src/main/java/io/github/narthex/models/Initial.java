package io.github.narthex.models;

import java.util.random.RandomGenerator;

/** What the elements of a parameter are before there is any training. */
@FunctionalInterface
interface Initial {
  /** The next element. */
  double next(RandomGenerator random);

  /** All the same. */
  static Initial constant(double value) {
    return random -> value;
  }

  /** Normally distributed, with mean 0. */
  static Initial normal(double deviation) {
    return random -> deviation * random.nextGaussian();
  }

  /** Between {@code -bound} and {@code bound}. */
  static Initial uniform(double bound) {
    return random -> random.nextDouble(-bound, bound);
  }
}
