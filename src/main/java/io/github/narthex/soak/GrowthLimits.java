package io.github.narthex.soak;

/**
 * How fast something may grow before that counts. Growth has to be above such a limit with 95 %
 * confidence, and to have come to something within the run too, since a slope of some seconds says
 * nothing about hours.
 *
 * @param bytesPerHour of RSS, and of the Java heap and the native one
 * @param handlesPerHour of live native objects
 * @param latencyPerHour of latency, as a fraction of what it is
 */
public record GrowthLimits(double bytesPerHour, double handlesPerHour, double latencyPerHour) {
  /** What holds where nothing else is said. */
  public static final GrowthLimits STANDARD = new GrowthLimits(50e6, 10, 0.2);

  /** Of a run's memory, what comes and goes with compilers, buffers and the C library. */
  private static final double LEAST_MEMORY_SHARE = 0.01;

  private static final double LEAST_BYTES = 2e6;
  private static final double LEAST_HANDLES = 2;

  /** By this much neighbours and clock rates change a median within minutes. */
  private static final double LEAST_LATENCY_SHARE = 0.05;

  /**
   * The limit in an hour, in the metric's unit.
   *
   * @param level the usual value
   */
  double perHour(Metric metric, double level) {
    return switch (metric) {
      case RSS, HEAP, NATIVE_HEAP -> bytesPerHour;
      case HANDLES -> handlesPerHour;
      case P50, P99 -> latencyPerHour * level;
    };
  }

  /** What has to be added within the samples at least. */
  static double least(Metric metric, double level) {
    return switch (metric) {
      case RSS, HEAP, NATIVE_HEAP -> Math.max(LEAST_BYTES, LEAST_MEMORY_SHARE * level);
      case HANDLES -> LEAST_HANDLES;
      case P50, P99 -> LEAST_LATENCY_SHARE * level;
    };
  }
}
