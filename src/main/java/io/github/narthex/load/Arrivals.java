package io.github.narthex.load;

import java.util.Locale;

/** How the requests of an open loop are spread over time. */
public enum Arrivals {
  /** At equal intervals. */
  CONSTANT,
  /** At random, each independent of all others, as those of many users are. */
  POISSON;

  /** When requests are due that come at this rate. */
  Schedule at(double perS, long seed) {
    return switch (this) {
      case CONSTANT -> Schedule.constant(perS);
      case POISSON -> Schedule.poisson(perS, seed);
    };
  }

  /** The text on the command line and in files, for example {@code poisson}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
