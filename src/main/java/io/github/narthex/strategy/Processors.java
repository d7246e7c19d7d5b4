package io.github.narthex.strategy;

import io.github.narthex.internal.files.SystemFiles;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;

/**
 * The processors that this process may use.
 *
 * @param logical how many there are after affinity and cpuset, hyper-threads counted
 * @param cores how many physical cores these are of
 * @param quota how many processors' time the cgroup's quota allows; empty without a quota
 */
public record Processors(int logical, int cores, OptionalDouble quota) {
  private static final String CPUS = "sys/devices/system/cpu/";

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is not above 0
   */
  public Processors {
    if (logical < 1 || cores < 1 || quota.orElse(1) <= 0) {
      throw new IllegalArgumentException(
          "expected numbers above 0, got %d, %d, %s".formatted(logical, cores, quota));
    }
  }

  /** Those of this process, as Linux says; elsewhere, as many cores as the JVM has processors. */
  public static Processors ofThisProcess() {
    return read(Path.of("/"), Runtime.getRuntime().availableProcessors());
  }

  /**
   * Reads them.
   *
   * @param root the directory that holds {@code proc} and {@code sys}
   * @param jvm how many processors the JVM counts, which a user may have set: there are not more
   */
  public static Processors read(Path root, int jvm) {
    Cgroup cgroup = Cgroup.of(root);
    Set<Integer> allowed = allowed(root, jvm);
    Set<Integer> inCgroup = new TreeSet<>(allowed);
    cgroup.processors().ifPresent(inCgroup::retainAll);
    if (!inCgroup.isEmpty()) {
      allowed = inCgroup;
    }
    Set<Set<Integer>> cores = new HashSet<>();
    for (int cpu : allowed) {
      cores.add(siblings(root, cpu));
    }
    return new Processors(
        Math.min(allowed.size(), jvm), Math.min(cores.size(), jvm), cgroup.quota());
  }

  /**
   * The cores that can be kept busy: a quota of 1.5 is one core, since a second thread would be
   * held back for half of the time, and the first with it. Never less than 1.
   */
  public int usableCores() {
    return (int) Math.max(1, Math.min(cores, Math.floor(quota.orElse(cores))));
  }

  /** The process's affinity, which is within its cpuset, without those that are switched off. */
  private static Set<Integer> allowed(Path root, int jvm) {
    Set<Integer> online =
        cpuList(String.join("", SystemFiles.linesOf(root.resolve(CPUS + "online"))));
    for (String line : SystemFiles.linesOf(root.resolve("proc/self/status"))) {
      if (line.startsWith("Cpus_allowed_list:")) {
        Set<Integer> allowed = cpuList(line.substring(line.indexOf(':') + 1));
        if (!online.isEmpty()) {
          allowed.retainAll(online);
        }
        if (!allowed.isEmpty()) {
          return allowed;
        }
      }
    }
    return online.isEmpty() ? cpuList("0-" + (jvm - 1)) : online;
  }

  /** The processors of the core that this one is of; itself alone where nothing is known. */
  private static Set<Integer> siblings(Path root, int cpu) {
    Path topology = root.resolve(CPUS + "cpu" + cpu + "/topology");
    for (String file : List.of("core_cpus_list", "thread_siblings_list")) {
      Set<Integer> siblings = cpuList(String.join("", SystemFiles.linesOf(topology.resolve(file))));
      if (siblings.contains(cpu)) {
        return siblings;
      }
    }
    return Set.of(cpu);
  }

  /** The numbers in a list such as {@code 0-3,8}; none if it is not one. */
  static Set<Integer> cpuList(String text) {
    Set<Integer> cpus = new TreeSet<>();
    try {
      for (String range : text.strip().split(",", -1)) {
        int dash = range.indexOf('-');
        int first = Integer.parseInt(range.substring(0, dash < 0 ? range.length() : dash));
        int last = dash < 0 ? first : Integer.parseInt(range.substring(dash + 1));
        for (int cpu = first; cpu <= last; cpu++) {
          cpus.add(cpu);
        }
      }
      return cpus;
    } catch (NumberFormatException e) {
      return new TreeSet<>();
    }
  }
}
