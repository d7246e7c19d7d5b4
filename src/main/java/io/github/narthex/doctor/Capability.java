package io.github.narthex.doctor;

import io.github.narthex.strategy.Machine;
import java.util.Locale;

/** The instruction sets that libtorch's own kernels are compiled for, from the least. */
enum Capability {
  /** None of these, or of another architecture. */
  UNKNOWN("unknown"),
  /** Those of every x86-64. */
  DEFAULT("default"),
  AVX2("AVX2"),
  AVX512("AVX512");

  private final String text;

  Capability(String text) {
    this.text = text;
  }

  /** The most that libtorch would use of a machine, by the rule that it has itself. */
  static Capability of(Machine machine) {
    if (!machine.isX86()) {
      return UNKNOWN;
    }
    boolean fma = machine.hasCpuFlag("fma");
    if (fma
        && machine.hasCpuFlag("avx512f")
        && machine.hasCpuFlag("avx512vl")
        && machine.hasCpuFlag("avx512bw")
        && machine.hasCpuFlag("avx512dq")) {
      return AVX512;
    }
    return fma && machine.hasCpuFlag("avx2") ? AVX2 : DEFAULT;
  }

  /** By libtorch's name, in the environment variable or in what it says of itself. */
  static Capability named(String name) {
    String plain = name.strip().toLowerCase(Locale.ROOT);
    if (plain.startsWith("avx512")) {
      return AVX512;
    }
    return switch (plain) {
      case "avx2" -> AVX2;
      case "default", "no avx" -> DEFAULT;
      default -> UNKNOWN;
    };
  }

  @Override
  public String toString() {
    return text;
  }
}
