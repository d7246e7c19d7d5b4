package io.github.narthex.bench;

import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What Linux and the JVM know about this process. A fact that can't be had is 0.
 *
 * @param root the directory that holds {@code proc} and {@code sys}
 * @param pauses of this JVM
 */
public record ProcessFacts(Path root, GcPauses pauses) {
  private static final double NANOS_PER_MS = 1e6;
  private static final double MICROS_PER_MS = 1e3;

  /** Linux counts processor time in ticks of 10 ms, whatever the kernel's own tick is. */
  private static final double MS_PER_TICK = 10;

  private static final int PROCESSOR_FIELDS = 8;

  /** user, nice, system, irq and softirq. */
  private static final int[] BUSY_FIELDS = {0, 1, 2, 5, 6};

  private static final int STOLEN_FIELD = 7;

  /** Counted from the field after the program's name. */
  private static final int OWN_USER_FIELD = 11;

  private static final int OWN_SYSTEM_FIELD = 12;

  /** Facts of another place, and without pauses of garbage collection. */
  ProcessFacts(Path root) {
    this(root, GcPauses.unwatched());
  }

  /** The facts of this machine. */
  public static ProcessFacts ofThisProcess() {
    return new ProcessFacts(Path.of("/"));
  }

  /** The same, with the pauses of garbage collection from now on. */
  static ProcessFacts withPauses() {
    return new ProcessFacts(Path.of("/"), GcPauses.watch());
  }

  /** The memory that this process has in RAM now. */
  public long rssBytes() {
    return 1024 * number(lines("proc/self/status"), "VmRSS:");
  }

  /** The most memory that this process ever had in RAM. */
  public long peakRssBytes() {
    return 1024 * number(lines("proc/self/status"), "VmHWM:");
  }

  /**
   * All that disturbed this process since it started, to be subtracted; but of garbage collections
   * the longest since this was last asked.
   */
  public Disturbance disturbance() {
    long gcMs = 0;
    long gcPauses = 0;
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      gcMs += Math.max(0, collector.getCollectionTime());
      gcPauses += Math.max(0, collector.getCollectionCount());
    }
    long[] ticks = processorTicks();
    double busyMs = 0;
    for (int field : BUSY_FIELDS) {
      busyMs += ticks[field] * MS_PER_TICK;
    }
    return new Disturbance(
        gcMs,
        gcPauses,
        pauses.takeLongestMs(),
        throttledMs(),
        throttledPeriods(),
        ticks[STOLEN_FIELD] * MS_PER_TICK,
        busyMs - ownProcessorMs());
  }

  /** How often the kernel killed a process for want of memory, in the whole system. */
  long outOfMemoryKills() {
    return number(lines("proc/vmstat"), "oom_kill");
  }

  private double throttledMs() {
    List<String> unified = lines("sys/fs/cgroup/cpu.stat");
    return unified.isEmpty()
        ? number(lines("sys/fs/cgroup/cpu/cpu.stat"), "throttled_time") / NANOS_PER_MS
        : number(unified, "throttled_usec") / MICROS_PER_MS;
  }

  private long throttledPeriods() {
    List<String> unified = lines("sys/fs/cgroup/cpu.stat");
    return number(
        unified.isEmpty() ? lines("sys/fs/cgroup/cpu/cpu.stat") : unified, "nr_throttled");
  }

  /** The first fields of the line on all processors: user, nice, system, idle, and so on. */
  private long[] processorTicks() {
    long[] ticks = new long[PROCESSOR_FIELDS];
    for (String line : lines("proc/stat")) {
      String[] fields = line.split("\\s+", -1);
      if (fields[0].equals("cpu") && fields.length > PROCESSOR_FIELDS) {
        for (int i = 0; i < PROCESSOR_FIELDS; i++) {
          ticks[i] = parse(fields[i + 1]);
        }
      }
    }
    return ticks;
  }

  /** User and system time of this process with all its threads. */
  private double ownProcessorMs() {
    for (String line : lines("proc/self/stat")) {
      // The second field is the program's name in brackets, and may hold anything.
      String[] fields = line.substring(line.lastIndexOf(')') + 1).strip().split("\\s+", -1);
      if (fields.length > OWN_SYSTEM_FIELD) {
        return (parse(fields[OWN_USER_FIELD]) + parse(fields[OWN_SYSTEM_FIELD])) * MS_PER_TICK;
      }
    }
    return 0;
  }

  /** The number after a word at the start of a line, or 0. */
  private static long number(List<String> lines, String word) {
    for (String line : lines) {
      String[] fields = line.split("\\s+", -1);
      if (fields.length > 1 && fields[0].equals(word)) {
        return parse(fields[1]);
      }
    }
    return 0;
  }

  private static long parse(String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private List<String> lines(String file) {
    try {
      return Files.readAllLines(root.resolve(file));
    } catch (IOException e) {
      return List.of();
    }
  }
}
