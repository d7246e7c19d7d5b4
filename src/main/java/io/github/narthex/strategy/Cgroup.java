package io.github.narthex.strategy;

import io.github.narthex.internal.files.SystemFiles;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What the control groups of this process allow it. A group's limit holds for those below it, so
 * the least on the way up counts.
 *
 * <p>Where a container sees its own group as the root but is told the host's path to it, that path
 * is not there, and the root is what counts.
 *
 * @param unified the directories of cgroup v2, from the process's own group up; they need not be
 *     there
 * @param cpu those of v1's cpu controller
 * @param cpuset those of v1's cpuset controller
 * @param memory those of v1's memory controller
 */
public record Cgroup(List<Path> unified, List<Path> cpu, List<Path> cpuset, List<Path> memory) {
  private static final String MOUNTS = "sys/fs/cgroup";
  private static final String UNIFIED = "";

  /** What v1 has for "no limit" is a number near the largest; no machine has this much. */
  private static final long ABSURD_BYTES = 1L << 50;

  private static final long NANOS_PER_MICRO = 1000;

  /**
   * How often a CPU quota held the processes of a group back.
   *
   * @param periods of the quota, usually of 100 ms each, in which the group wanted to run
   * @param throttled in how many of them it was held back
   * @param time for which it was, of all processors together
   */
  public record Throttling(long periods, long throttled, Duration time) {
    /** The share of periods in which the group was held back. */
    public double share() {
      return periods == 0 ? 0 : (double) throttled / periods;
    }
  }

  /** The lists are copied. */
  public Cgroup {
    unified = List.copyOf(unified);
    cpu = List.copyOf(cpu);
    cpuset = List.copyOf(cpuset);
    memory = List.copyOf(memory);
  }

  /**
   * The groups of this process.
   *
   * @param root the directory that holds {@code proc} and {@code sys}
   */
  public static Cgroup of(Path root) {
    Path mounts = root.resolve(MOUNTS);
    List<Path> cpu = upwards(mounts.resolve("cpu"), path(root, "cpu"));
    cpu.addAll(upwards(mounts.resolve("cpu,cpuacct"), path(root, "cpu")));
    return new Cgroup(
        upwards(mounts, path(root, UNIFIED)),
        cpu,
        upwards(mounts.resolve("cpuset"), path(root, "cpuset")),
        upwards(mounts.resolve("memory"), path(root, "memory")));
  }

  /** How many processors' time the least quota allows. */
  public OptionalDouble quota() {
    double least = Double.POSITIVE_INFINITY;
    for (Path group : unified) {
      String[] fields = first(group.resolve("cpu.max")).split("\\s+", -1);
      least = Math.min(least, fields.length < 2 ? least : ratio(fields[0], fields[1]));
    }
    for (Path group : cpu) {
      String quota = first(group.resolve("cpu.cfs_quota_us"));
      least = Math.min(least, ratio(quota, first(group.resolve("cpu.cfs_period_us"))));
    }
    return Double.isInfinite(least) ? OptionalDouble.empty() : OptionalDouble.of(least);
  }

  /** The processors of the nearest group that names any. */
  public Optional<Set<Integer>> processors() {
    List<Path> files = new ArrayList<>();
    unified.forEach(group -> files.add(group.resolve("cpuset.cpus.effective")));
    cpuset.forEach(group -> files.add(group.resolve("cpuset.effective_cpus")));
    cpuset.forEach(group -> files.add(group.resolve("cpuset.cpus")));
    for (Path file : files) {
      Set<Integer> processors = Processors.cpuList(first(file));
      if (!processors.isEmpty()) {
        return Optional.of(processors);
      }
    }
    return Optional.empty();
  }

  /** The least amount of memory that a group allows; empty without a limit. */
  public OptionalLong memoryLimitBytes() {
    List<Path> files = new ArrayList<>();
    unified.forEach(group -> files.add(group.resolve("memory.max")));
    memory.forEach(group -> files.add(group.resolve("memory.limit_in_bytes")));
    return files.stream()
        .mapToLong(file -> SystemFiles.number(first(file)).orElse(0))
        .filter(bytes -> bytes > 0 && bytes < ABSURD_BYTES)
        .min();
  }

  /** How much more memory the groups allow, the least of them; empty without a limit. */
  public OptionalLong memoryRoomBytes() {
    List<Long> rooms = new ArrayList<>();
    unified.forEach(group -> rooms.add(room(group, "memory.max", "memory.current")));
    memory.forEach(
        group -> rooms.add(room(group, "memory.limit_in_bytes", "memory.usage_in_bytes")));
    return rooms.stream().mapToLong(room -> room).filter(room -> room < ABSURD_BYTES).min();
  }

  /** Absurdly much where there is no limit. */
  private static long room(Path group, String limitFile, String usedFile) {
    long limit = SystemFiles.number(first(group.resolve(limitFile))).orElse(Long.MAX_VALUE);
    long used = SystemFiles.number(first(group.resolve(usedFile))).orElse(0);
    return limit >= ABSURD_BYTES ? limit : Math.max(0, limit - used);
  }

  /** Of the group that was held back most often, since it was made; empty where nobody counts. */
  public Optional<Throttling> throttling() {
    List<Path> groups = new ArrayList<>(unified);
    groups.addAll(cpu);
    return groups.stream()
        .map(group -> SystemFiles.linesOf(group.resolve("cpu.stat")))
        .filter(lines -> lines.stream().anyMatch(line -> line.startsWith("nr_periods ")))
        .map(Cgroup::throttling)
        .max(Comparator.comparingLong(Throttling::throttled));
  }

  private static Throttling throttling(List<String> lines) {
    long nanos =
        Math.max(
            NANOS_PER_MICRO * SystemFiles.number(lines, "throttled_usec"),
            SystemFiles.number(lines, "throttled_time"));
    return new Throttling(
        SystemFiles.number(lines, "nr_periods"),
        SystemFiles.number(lines, "nr_throttled"),
        Duration.ofNanos(nanos));
  }

  /** The process's group in a controller's hierarchy, as {@code ID:CONTROLLERS:PATH} says. */
  private static String path(Path root, String controller) {
    for (String line : SystemFiles.linesOf(root.resolve("proc/self/cgroup"))) {
      String[] fields = line.split(":", 3);
      if (fields.length == 3 && List.of(fields[1].split(",", -1)).contains(controller)) {
        return fields[2];
      }
    }
    return "/";
  }

  private static List<Path> upwards(Path mount, String path) {
    Path top = mount.normalize();
    List<Path> groups = new ArrayList<>();
    Path group = top.resolve(path.replaceFirst("^/+", "")).normalize();
    // A path that leads out of the mount ("/../x") is of a group that can't be seen from here.
    while (group != null && group.startsWith(top) && !group.equals(top)) {
      groups.add(group);
      group = group.getParent();
    }
    groups.add(top);
    return groups;
  }

  /** Infinity where there is no limit. */
  private static double ratio(String quota, String period) {
    try {
      double over = Long.parseLong(quota);
      double under = Long.parseLong(period);
      return over > 0 && under > 0 ? over / under : Double.POSITIVE_INFINITY;
    } catch (NumberFormatException e) {
      return Double.POSITIVE_INFINITY; // "max", or nothing was read
    }
  }

  private static String first(Path file) {
    List<String> lines = SystemFiles.linesOf(file);
    return lines.isEmpty() ? "" : lines.getFirst().strip();
  }
}
