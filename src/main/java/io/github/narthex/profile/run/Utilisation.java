package io.github.narthex.profile.run;

import java.util.List;
import java.util.OptionalDouble;

/**
 * How busy processors were for a while.
 *
 * @param seconds how long that was
 * @param processSeconds processor time of this process
 * @param busy of each processor the share of time in which it did something, from 0 to 1, whoever
 *     it was for; empty where the system does not say
 * @param throttledShare of the time in which the process was held back by its quota
 * @param memoryBytesPerSecond between all processors and memory, whoever it was for; empty where
 *     the system does not say: that needs a processor that counts it and Linux's resctrl
 */
public record Utilisation(
    double seconds,
    double processSeconds,
    List<Double> busy,
    double throttledShare,
    OptionalDouble memoryBytesPerSecond) {
  /** The list is copied. */
  public Utilisation {
    busy = List.copyOf(busy);
  }

  /** How many processors this process kept busy, on the average. */
  public double processors() {
    return seconds == 0 ? 0 : processSeconds / seconds;
  }
}
