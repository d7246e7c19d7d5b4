package io.github.narthex.strategy;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What of a machine decides whether a recipe works on it.
 *
 * @param arch the architecture as the JVM names it, for example {@code amd64}
 * @param cpuFlags the instruction sets as Linux names them, for example {@code avx512_bf16}; empty
 *     where they can't be known
 */
public record Machine(String arch, Set<String> cpuFlags) {
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  /** A machine; the set is copied. */
  public Machine {
    cpuFlags = Set.copyOf(cpuFlags);
  }

  /** The machine that this runs on. */
  public static Machine current() {
    return new Machine(System.getProperty("os.arch", "unknown"), readFlags());
  }

  /** Whether the CPU has this instruction set. */
  public boolean hasCpuFlag(String flag) {
    return cpuFlags.contains(flag);
  }

  /** Whether it is an x86-64. */
  public boolean isX86() {
    return arch.equals("amd64") || arch.equals("x86_64");
  }

  private static Set<String> readFlags() {
    try (BufferedReader lines = Files.newBufferedReader(CPU_INFO)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("flags")) {
          String flags = line.substring(line.indexOf(':') + 1).strip();
          return Arrays.stream(flags.split("\\s+")).collect(Collectors.toUnmodifiableSet());
        }
      }
    } catch (IOException e) {
      return Set.of(); // not Linux, or a sandbox; then nothing is known
    }
    return Set.of();
  }
}
