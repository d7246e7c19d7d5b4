package io.github.narthex.strategy;

import io.github.narthex.internal.files.SystemFiles;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * What of a machine decides whether a recipe works on it, and how fast.
 *
 * @param arch the architecture as the JVM names it, for example {@code amd64}
 * @param cpu the processor's name; the architecture where it is not known
 * @param cpuFlags the instruction sets as Linux names them, for example {@code avx512_bf16}; empty
 *     where they can't be known
 */
public record Machine(String arch, String cpu, Set<String> cpuFlags) {
  private static final List<String> KERNEL_FLAGS =
      List.of(
          "avx2",
          "avx512f",
          "avx512_vnni",
          "avx512_bf16",
          "avx512_fp16",
          "avx_vnni",
          "amx_bf16",
          "amx_int8",
          "amx_fp16");

  /** The set is copied. */
  public Machine {
    cpuFlags = Set.copyOf(cpuFlags);
  }

  /** The machine that this runs on. */
  public static Machine current() {
    return read(Path.of("/"));
  }

  /**
   * Reads what Linux says; elsewhere, and in a sandbox, only the architecture is known.
   *
   * @param root the directory that holds {@code proc}
   */
  public static Machine read(Path root) {
    String arch = System.getProperty("os.arch", "unknown");
    String cpu = arch;
    Set<String> flags = Set.of();
    for (String line : SystemFiles.linesOf(root.resolve("proc/cpuinfo"))) {
      int colon = line.indexOf(':');
      String key = colon < 0 ? "" : line.substring(0, colon).strip();
      if (key.equals("model name")) {
        cpu = line.substring(colon + 1).strip();
      } else if (key.equals("flags")) {
        flags = Set.copyOf(List.of(line.substring(colon + 1).strip().split("\\s+", -1)));
        break; // the first processor's, which stands after its name; the others are the same
      }
    }
    return new Machine(arch, cpu, flags);
  }

  /** Of {@link #cpuFlags}, those that decide which kernels libtorch can use, weakest first. */
  public List<String> instructionSets() {
    return KERNEL_FLAGS.stream().filter(this::hasCpuFlag).toList();
  }

  /** Whether the CPU has this instruction set. */
  public boolean hasCpuFlag(String flag) {
    return cpuFlags.contains(flag);
  }

  /** Whether it is an x86-64. */
  public boolean isX86() {
    return arch.equals("amd64") || arch.equals("x86_64");
  }
}
