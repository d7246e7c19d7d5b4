package io.github.narthex.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LibtorchChecksTest extends WithFakeMachine {
  /** Of the wheel of torch 2.15, without most of the flags. */
  private static final String CONFIG =
      """
      PyTorch built with:
        - GCC 13.3
        - C++ Version: 202002
        - Intel(R) oneAPI Math Kernel Library Version 2024.2-Product Build 20240605 for Intel(R) 64
        - Intel(R) MKL-DNN v3.13.3 (Git Hash b38f97eb6f2173513112f15a0481750b8a66e901)
        - OpenMP 201511 (a.k.a. OpenMP 4.5)
        - CPU capability usage: AVX512
        - Build settings: BLAS_INFO=mkl, BUILD_TYPE=Release, CUDA_VERSION=13.2, CXX_FLAGS= -O2 \
      -DUSE_FBGEMM, LAPACK_INFO=mkl, USE_CUDA=1, USE_MKLDNN=ON, USE_ROCM=OFF,
      """;

  private static final String PARALLEL =
      """
      ATen/Parallel:
      \tat::get_num_threads() : %d
      \tat::get_num_interop_threads() : 2
      OpenMP 201511 (a.k.a. OpenMP 4.5)
      \tomp_get_max_threads() : 2
      ATen parallel backend: OpenMP
      """;

  private static final List<String> ENGINES = List.of("ONEDNN", "X86", "FBGEMM", "NoQEngine");

  private Section section(String config, String parallel, String capability, List<String> engines) {
    return new LibtorchChecks(
            machine.files(), new LibtorchFacts("2.15.0", config, parallel, capability, engines), 4)
        .section();
  }

  private Section section(String config) {
    return section(config, PARALLEL.formatted(4), "AVX512", ENGINES);
  }

  @Test
  void allIsWell() {
    Section section = section(CONFIG);

    Findings.assertOk(
        section,
        "build",
        "GCC 13.3, BLAS_INFO=mkl, BUILD_TYPE=Release, CUDA_VERSION=13.2, LAPACK_INFO=mkl,"
            + " USE_CUDA=1, USE_MKLDNN=ON");
    Findings.assertOk(section, "oneDNN", "v3.13.3");
    Findings.assertOk(section, "kernels", "AVX512");
    Findings.assertOk(section, "threads", "OpenMP, 4 for operators called one by one");
    Findings.assertOk(section, "quantised engines", "onednn, x86, fbgemm");
  }

  @Test
  void whatWasNotAskedHasNoLine() {
    LibtorchFacts version = new LibtorchFacts("2.15.0", null, null, null, null);

    assertEquals(List.of(), new LibtorchChecks(machine.files(), version, 4).section().checks());
  }

  @Test
  void builtForDebugging() {
    Findings.assertWarning(
        section("  - Build settings: BUILD_TYPE=Debug, "),
        "build",
        "BUILD_TYPE=Debug",
        "built with optimisation");
  }

  @Test
  void withoutOneDnn() {
    Findings.assertWarning(section("  - GCC 13.3\n"), "oneDNN", "none", "onednn-graph");
  }

  @ParameterizedTest
  @CsvSource({"AVX2", "DEFAULT", "NO AVX"})
  void kernelsOfALesserProcessor(String capability) {
    Findings.assertWarning(
        section(CONFIG, PARALLEL.formatted(4), capability, ENGINES),
        "kernels",
        capability + ", of a processor that has AVX512",
        "unset ATEN_CPU_CAPABILITY");
  }

  @Test
  void kernelsOfAnOlderProcessor() {
    machine.cpu("avx2 fma");

    Findings.assertOk(section(CONFIG, PARALLEL.formatted(4), "AVX2", ENGINES), "kernels", "AVX2");
  }

  /** libtorch sees no quota. */
  @Test
  void moreThreadsThanProcessors() {
    machine.write("sys/fs/cgroup/cpu.max", "200000 100000\n");

    Findings.assertWarning(
        section(CONFIG, PARALLEL.formatted(64), "AVX512", ENGINES),
        "threads",
        "OpenMP, 64 for operators called one by one; this process may use 4 processors",
        "set OMP_NUM_THREADS=2");
  }

  @Test
  void withoutQuantisedEngines() {
    Findings.assertWarning(
        section(CONFIG, PARALLEL.formatted(4), "AVX512", List.of("NoQEngine")),
        "quantised engines",
        "none",
        "int8 recipes can't work");
  }
}
