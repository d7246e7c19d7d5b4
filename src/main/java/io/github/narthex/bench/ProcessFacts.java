package io.github.narthex.bench;

import io.github.narthex.internal.files.SystemFiles;
import io.github.narthex.strategy.Cgroup;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What Linux and the JVM know about this process. A fact that can't be had is 0.
 *
 * @param root the directory that holds {@code proc} and {@code sys}
 * @param pauses of this JVM
 */
public record ProcessFacts(Path root, GcPauses pauses) {
  private static final double NANOS_PER_MS = 1e6;

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
  public ProcessFacts(Path root) {
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
    return 1024 * SystemFiles.number(lines("proc/self/status"), "VmRSS:");
  }

  /** The most memory that this process ever had in RAM. */
  public long peakRssBytes() {
    return 1024 * SystemFiles.number(lines("proc/self/status"), "VmHWM:");
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
    List<long[]> together = processorTicks("cpu");
    long[] ticks = together.isEmpty() ? new long[PROCESSOR_FIELDS] : together.getFirst();
    return new Disturbance(
        gcMs,
        gcPauses,
        pauses.takeLongestMs(),
        throttledMs(),
        throttledPeriods(),
        ticks[STOLEN_FIELD] * MS_PER_TICK,
        busyMs(ticks) - ownProcessorMs());
  }

  /** How often the kernel killed a process for want of memory, in the whole system. */
  long outOfMemoryKills() {
    return SystemFiles.number(lines("proc/vmstat"), "oom_kill");
  }

  /**
   * What all processors have read from memory and written to it, as resctrl counts it; empty where
   * the processor or the kernel does not.
   */
  public OptionalLong memoryTrafficBytes() {
    List<OptionalLong> counts =
        new SystemFiles(root)
            .entries("sys/fs/resctrl/mon_data").stream()
                .flatMap(domain -> SystemFiles.linesOf(domain.resolve("mbm_total_bytes")).stream())
                .map(SystemFiles::number)
                .filter(OptionalLong::isPresent)
                .toList();
    return counts.isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(counts.stream().mapToLong(OptionalLong::getAsLong).sum());
  }

  /** Time for which a quota held this process back. */
  public double throttledMs() {
    return throttling().map(held -> held.time().toNanos() / NANOS_PER_MS).orElse(0.0);
  }

  private long throttledPeriods() {
    return throttling().map(Cgroup.Throttling::throttled).orElse(0L);
  }

  private Optional<Cgroup.Throttling> throttling() {
    return Cgroup.of(root).throttling();
  }

  /** Of each processor, the time in which it did something. */
  public List<Double> busyMs() {
    return processorTicks("cpu\\d+").stream().map(ProcessFacts::busyMs).toList();
  }

  private static double busyMs(long[] ticks) {
    double busyMs = 0;
    for (int field : BUSY_FIELDS) {
      busyMs += ticks[field] * MS_PER_TICK;
    }
    return busyMs;
  }

  /**
   * The first fields of lines on processors: user, nice, system, idle, and so on.
   *
   * @param name of the lines; that on all processors together is {@code cpu}
   */
  private List<long[]> processorTicks(String name) {
    List<long[]> all = new ArrayList<>();
    for (String line : lines("proc/stat")) {
      String[] fields = line.split("\\s+", -1);
      if (fields[0].matches(name) && fields.length > PROCESSOR_FIELDS) {
        long[] ticks = new long[PROCESSOR_FIELDS];
        for (int i = 0; i < PROCESSOR_FIELDS; i++) {
          ticks[i] = SystemFiles.number(fields[i + 1]).orElse(0);
        }
        all.add(ticks);
      }
    }
    return all;
  }

  /** User and system time of this process with all its threads. */
  public double ownProcessorMs() {
    for (String line : lines("proc/self/stat")) {
      // The second field is the program's name in brackets, and may hold anything.
      String[] fields = line.substring(line.lastIndexOf(')') + 1).strip().split("\\s+", -1);
      if (fields.length > OWN_SYSTEM_FIELD) {
        return MS_PER_TICK
            * (SystemFiles.number(fields[OWN_USER_FIELD]).orElse(0)
                + SystemFiles.number(fields[OWN_SYSTEM_FIELD]).orElse(0));
      }
    }
    return 0;
  }

  private List<String> lines(String file) {
    return SystemFiles.linesOf(root.resolve(file));
  }
}
