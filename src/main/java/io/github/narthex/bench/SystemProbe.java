package io.github.narthex.bench;

import io.github.narthex.Version;
import io.github.narthex.internal.files.SystemFiles;
import io.github.narthex.strategy.Machine;
import io.github.narthex.strategy.Processors;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads what the system says about itself.
 *
 * @param root the directory that holds {@code proc}, {@code sys} and {@code etc}
 */
public record SystemProbe(Path root) {
  private static final String CGROUP = "sys/fs/cgroup/";

  /** What cgroup v1 has for "no limit" is a number near the largest; no machine has this much. */
  private static final long ABSURD_BYTES = 1L << 50;

  public static SystemProbe ofThisMachine() {
    return new SystemProbe(Path.of("/"));
  }

  /**
   * The environment.
   *
   * @param libtorch its version, which only a worker knows
   */
  public Environment environment(String libtorch) {
    return new Environment(
        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
        Version.NARTHEX,
        libtorch,
        "%s %s (%s)"
            .formatted(
                System.getProperty("java.vm.name"),
                System.getProperty("java.vm.version"),
                System.getProperty("java.vendor")),
        os(),
        cpu(),
        isa(),
        processors(),
        cores(),
        Runtime.getRuntime().availableProcessors(),
        cpuQuota(),
        memoryBytes());
  }

  String cpu() {
    return Machine.read(root).cpu();
  }

  List<String> isa() {
    return Machine.read(root).instructionSets();
  }

  int processors() {
    long count =
        lines("proc/cpuinfo").stream().filter(line -> line.startsWith("processor")).count();
    return count == 0 ? Runtime.getRuntime().availableProcessors() : (int) count;
  }

  /** Distinct pairs of socket and core. */
  int cores() {
    Set<String> cores = new HashSet<>();
    String socket = "";
    for (String line : lines("proc/cpuinfo")) {
      String value = line.substring(line.indexOf(':') + 1).strip();
      if (line.startsWith("physical id")) {
        socket = value;
      } else if (line.startsWith("core id")) {
        cores.add(socket + "/" + value);
      }
    }
    return cores.isEmpty() ? processors() : cores.size();
  }

  @Nullable Double cpuQuota() {
    OptionalDouble quota =
        Processors.read(root, Runtime.getRuntime().availableProcessors()).quota();
    return quota.isPresent() ? quota.getAsDouble() : null;
  }

  /** All memory that this process may have. */
  long memoryBytes() {
    return Math.min(memInfo("MemTotal"), memoryLimit());
  }

  /** Memory that is free for more processes. */
  long availableBytes() {
    long limit = memoryLimit();
    long used = first(CGROUP + "memory.current", CGROUP + "memory/memory.usage_in_bytes", 0);
    return Math.min(memInfo("MemAvailable"), limit == Long.MAX_VALUE ? limit : limit - used);
  }

  private long memoryLimit() {
    long limit =
        first(CGROUP + "memory.max", CGROUP + "memory/memory.limit_in_bytes", Long.MAX_VALUE);
    return limit > ABSURD_BYTES ? Long.MAX_VALUE : limit;
  }

  private String os() {
    String name = System.getProperty("os.name");
    for (String line : lines("etc/os-release")) {
      if (line.startsWith("PRETTY_NAME=")) {
        name = line.substring("PRETTY_NAME=".length()).replace("\"", "");
      }
    }
    return "%s, kernel %s".formatted(name, System.getProperty("os.version"));
  }

  private long memInfo(String key) {
    return new SystemFiles(root).memoryBytes(key).orElse(Long.MAX_VALUE);
  }

  private long first(String file, String otherFile, long otherwise) {
    List<String> lines = new ArrayList<>(lines(file));
    lines.addAll(lines(otherFile));
    return lines.isEmpty() ? otherwise : SystemFiles.number(lines.getFirst()).orElse(otherwise);
  }

  private List<String> lines(String file) {
    return SystemFiles.linesOf(root.resolve(file));
  }
}
