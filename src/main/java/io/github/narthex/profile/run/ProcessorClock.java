package io.github.narthex.profile.run;

import io.github.narthex.bench.ProcessFacts;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * What Linux has counted of processors until now.
 *
 * @param nanos when it was read
 * @param processMs that this process has had of processors
 * @param busyMs of each processor, in which it did something
 * @param throttledMs in which a quota held this process back
 * @param memoryBytes that all processors have read from memory and written to it; empty where that
 *     can't be read
 */
record ProcessorClock(
    long nanos,
    double processMs,
    List<Double> busyMs,
    double throttledMs,
    OptionalLong memoryBytes) {
  private static final double NANOS_PER_MS = 1e6;
  private static final double MS_PER_S = 1e3;

  /** The list is copied. */
  ProcessorClock {
    busyMs = List.copyOf(busyMs);
  }

  /** Reads it; elsewhere than on Linux all is 0. */
  static ProcessorClock read(ProcessFacts facts) {
    return new ProcessorClock(
        System.nanoTime(),
        facts.ownProcessorMs(),
        facts.busyMs(),
        facts.throttledMs(),
        facts.memoryTrafficBytes());
  }

  /** What happened from here to a later reading. */
  Utilisation until(ProcessorClock later) {
    double ms = (later.nanos - nanos) / NANOS_PER_MS;
    List<Double> busy = new ArrayList<>();
    for (int i = 0; i < Math.min(busyMs.size(), later.busyMs.size()); i++) {
      busy.add(Math.clamp((later.busyMs.get(i) - busyMs.get(i)) / ms, 0, 1));
    }
    return new Utilisation(
        ms / MS_PER_S,
        (later.processMs - processMs) / MS_PER_S,
        busy,
        Math.clamp((later.throttledMs - throttledMs) / ms, 0, 1),
        memoryBytes.isPresent() && later.memoryBytes.isPresent()
            ? OptionalDouble.of(
                (later.memoryBytes.getAsLong() - memoryBytes.getAsLong()) / ms * MS_PER_S)
            : OptionalDouble.empty());
  }
}
