package io.github.narthex.bench;

import io.github.narthex.Version;
import io.github.narthex.gpu.Gpus;
import io.github.narthex.internal.files.SystemFiles;
import io.github.narthex.strategy.Cgroup;
import io.github.narthex.strategy.Machine;
import io.github.narthex.strategy.Processors;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads what the system says about itself.
 *
 * @param root the directory that holds {@code proc}, {@code sys} and {@code etc}
 */
public record SystemProbe(Path root) {
  public static SystemProbe ofThisMachine() {
    return new SystemProbe(Path.of("/"));
  }

  /**
   * The environment.
   *
   * @param libtorch its version, which only a worker knows
   */
  public Environment environment(String libtorch) {
    return environment(libtorch, Gpus.read());
  }

  Environment environment(String libtorch, Gpus gpus) {
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
        memoryBytes(),
        gpus.gpus().stream().map(Environment.Gpu::of).toList(),
        gpus.driverVersion().orElse(null),
        gpus.cudaVersion().orElse(null));
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
    return least("MemTotal", Cgroup.of(root).memoryLimitBytes());
  }

  /** Memory that is free for more processes. */
  long availableBytes() {
    return least("MemAvailable", Cgroup.of(root).memoryRoomBytes());
  }

  private long least(String key, OptionalLong allowed) {
    long there = new SystemFiles(root).memoryBytes(key).orElse(Long.MAX_VALUE);
    return Math.min(there, allowed.orElse(Long.MAX_VALUE));
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

  private List<String> lines(String file) {
    return SystemFiles.linesOf(root.resolve(file));
  }
}
