package io.github.narthex.profile.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What Linux has counted of processors until now.
 *
 * @param nanos when it was read
 * @param processTicks hundredths of a second that this process has had of processors
 * @param busyTicks of each processor, hundredths of a second in which it did something
 * @param throttledMicros in which a quota held this process back
 */
record ProcessorClock(long nanos, long processTicks, List<Long> busyTicks, long throttledMicros) {
  private static final double NANOS_PER_S = 1e9;
  private static final double TICKS_PER_S = 100; // the kernel's interface, whatever its own tick
  private static final double MICROS_PER_S = 1e6;
  private static final int USER_FIELD = 11;
  private static final int IDLE_FIELD = 4;
  private static final int WAIT_FIELD = 5;
  private static final int STOLEN_FIELD = 8;

  /** The list is copied. */
  ProcessorClock {
    busyTicks = List.copyOf(busyTicks);
  }

  /** Reads it; elsewhere than on Linux all is 0. */
  static ProcessorClock read(Path root) {
    return new ProcessorClock(System.nanoTime(), process(root), busy(root), throttled(root));
  }

  private static long process(Path root) {
    String stat = String.join(" ", lines(root.resolve("proc/self/stat")));
    // The program's name, in brackets, may have blanks.
    String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1);
    return fields.length <= USER_FIELD + 1
        ? 0
        : Long.parseLong(fields[USER_FIELD]) + Long.parseLong(fields[USER_FIELD + 1]);
  }

  private static List<Long> busy(Path root) {
    List<Long> busy = new ArrayList<>();
    for (String line : lines(root.resolve("proc/stat"))) {
      String[] fields = line.split("\\s+", -1);
      if (fields[0].matches("cpu\\d+") && fields.length > STOLEN_FIELD) {
        long sum = 0;
        for (int i = 1; i < STOLEN_FIELD; i++) {
          sum += i == IDLE_FIELD || i == WAIT_FIELD ? 0 : Long.parseLong(fields[i]);
        }
        busy.add(sum);
      }
    }
    return busy;
  }

  private static long throttled(Path root) {
    for (String file : List.of("sys/fs/cgroup/cpu.stat", "sys/fs/cgroup/cpu/cpu.stat")) {
      for (String line : lines(root.resolve(file))) {
        String[] fields = line.split(" ", -1);
        if (fields.length == 2 && fields[0].equals("throttled_usec")) {
          return Long.parseLong(fields[1]);
        }
        if (fields.length == 2 && fields[0].equals("throttled_time")) {
          return Long.parseLong(fields[1]) / 1000;
        }
      }
    }
    return 0;
  }

  private static List<String> lines(Path file) {
    try (Stream<String> lines = Files.lines(file)) {
      return lines.toList();
    } catch (IOException | UncheckedIOException e) {
      return List.of();
    }
  }

  /** What happened from here to a later reading. */
  Utilisation until(ProcessorClock later) {
    double seconds = (later.nanos - nanos) / NANOS_PER_S;
    List<Double> busy = new ArrayList<>();
    for (int i = 0; i < Math.min(busyTicks.size(), later.busyTicks.size()); i++) {
      double ticks = later.busyTicks.get(i) - busyTicks.get(i);
      busy.add(Math.clamp(ticks / TICKS_PER_S / seconds, 0, 1));
    }
    return new Utilisation(
        seconds,
        (later.processTicks - processTicks) / TICKS_PER_S,
        busy,
        Math.clamp((later.throttledMicros - throttledMicros) / MICROS_PER_S / seconds, 0, 1));
  }
}
