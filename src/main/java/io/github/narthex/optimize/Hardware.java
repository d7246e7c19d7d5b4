package io.github.narthex.optimize;

import io.github.narthex.strategy.Machine;

/** The kinds of machine that differ in what is worth trying on them. */
enum Hardware {
  /** Tiles of bfloat16 and int8: both are far ahead of float32. */
  AMX("AMX: 16 bits and 8 bits are far ahead of float32"),
  /** Dot products of bfloat16, and of 8-bit integers. */
  AVX512_BF16("AVX512-BF16: 16 bits take half the time of float32, 8 bits a quarter"),
  /** Dot products of 8-bit integers. */
  VNNI("VNNI without bfloat16: 8 bits are ahead, 16 bits are slower than float32"),
  /** Vectors of float32. */
  AVX("AVX without VNNI: float32 with fused operators is ahead"),
  /** ARM: oneDNN Graph is not there. */
  ARM("ARM: float32 with packed weights, 8-bit linear layers"),
  /** Nothing is known. */
  OTHER("an unknown processor: everything is tried, the safest first");

  private final String summary;

  Hardware(String summary) {
    this.summary = summary;
  }

  /** What the CPU is; of GPUs, the one recipe that suits the model is found by measuring. */
  static Hardware of(Machine machine) {
    if (machine.arch().equals("aarch64")) {
      return ARM;
    }
    if (machine.hasCpuFlag("amx_bf16") || machine.hasCpuFlag("amx_int8")) {
      return AMX;
    }
    if (machine.hasCpuFlag("avx512_bf16")) {
      return AVX512_BF16;
    }
    if (machine.hasCpuFlag("avx512_vnni") || machine.hasCpuFlag("avx_vnni")) {
      return VNNI;
    }
    return machine.hasCpuFlag("avx2") ? AVX : OTHER;
  }

  /** What it means for a search, in a few words. */
  String summary() {
    return summary;
  }
}
