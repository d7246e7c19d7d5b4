package io.github.narthex.load;

import java.util.SplittableRandom;

/** The times at which requests are due, one after the other, without end. For one thread. */
interface Schedule {
  /** When the next request is due; never before the last one. */
  long next();

  /** At equal intervals, the first after half of one. */
  static Schedule constant(double perS) {
    double interval = 1e9 / perS;
    return new Schedule() {
      private long index;

      @Override
      public long next() {
        // Not a sum of intervals, whose rounding errors would add up.
        return (long) ((index++ + 0.5) * interval);
      }
    };
  }

  /** With intervals that are exponentially distributed. */
  static Schedule poisson(double perS, long seed) {
    double interval = 1e9 / perS;
    SplittableRandom random = new SplittableRandom(seed);
    return new Schedule() {
      private double due;

      @Override
      public long next() {
        due -= interval * Math.log1p(-random.nextDouble());
        return (long) due;
      }
    };
  }
}
