package io.github.narthex.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EnvironmentChecksTest extends WithFakeMachine {
  private Section section(Map<String, String> variables) {
    return new EnvironmentChecks(machine.files(), variables, 4).section();
  }

  @Test
  void othersAreNotShown() {
    Section section = section(Map.of("PATH", "/bin", "HOME", "/home", "AWS_SECRET", "x"));

    assertEquals(1, section.checks().size());
    Findings.assertOk(section, "variables", "none of OMP_*, MKL_*, DNNL_*, ATEN_*, LD_* is set");
  }

  @Test
  void inTheOrderOfTheirNames() {
    Section section = section(Map.of("OMP_NUM_THREADS", "2", "MKL_DYNAMIC", "FALSE"));

    assertEquals(
        List.of("MKL_DYNAMIC", "OMP_NUM_THREADS"),
        section.checks().stream().map(Check::name).toList());
  }

  @ParameterizedTest
  @CsvSource({
    "ATEN_CPU_CAPABILITY,avx2,unset it: this processor has AVX512",
    "ATEN_CPU_CAPABILITY,default,unset it: this processor has AVX512",
    "ATEN_CPU_CAPABILITY,sse,libtorch does not know this value",
    "DNNL_MAX_CPU_ISA,AVX2,unset it: oneDNN leaves out kernels",
    "ONEDNN_MAX_CPU_ISA,avx512_core,unset it: oneDNN leaves out kernels",
    "ONEDNN_DEFAULT_FPMATH_MODE,BF16,choose a recipe",
    "ONEDNN_VERBOSE,1,a line is written to standard output",
    "MKL_VERBOSE,1,a line is written to standard output",
    "DNNL_PRIMITIVE_CACHE_CAPACITY,0,at each call",
    "OMP_NUM_THREADS,8,'set at most 4, the processors that there are'",
    "OMP_NUM_THREADS,many,set a whole number from 1 to 4",
    "MKL_NUM_THREADS,0,set a whole number from 1 to 4",
    "OMP_PROC_BIND,close,threads are pinned",
    "GOMP_CPU_AFFINITY,0-3,threads are pinned",
    "KMP_DUPLICATE_LIB_OK,TRUE,remove one of the two OpenMP runtimes",
    "MKL_ENABLE_INSTRUCTIONS,AVX2,MKL leaves out faster kernels",
    "MKL_CBWR,COMPATIBLE,MKL is slower with it",
    "LD_PRELOAD,/opt/gone.so,remove /opt/gone.so: no such file"
  })
  void harmful(String name, String value, String advice) {
    Findings.assertWarning(section(Map.of(name, value)), name, value, advice);
  }

  @ParameterizedTest
  @CsvSource({
    "ATEN_CPU_CAPABILITY,avx512",
    "DNNL_MAX_CPU_ISA,ALL",
    "ONEDNN_MAX_CPU_ISA,default",
    "DNNL_VERBOSE,0",
    "OMP_NUM_THREADS,4",
    "OMP_NUM_THREADS,'2,1'",
    "OMP_PROC_BIND,false",
    "KMP_BLOCKTIME,0",
    "LD_LIBRARY_PATH,/usr/lib:relative:",
    "THP_MEM_ALLOC_ENABLE,1"
  })
  void harmless(String name, String value) {
    Findings.assertOk(section(Map.of(name, value)), name, value);
  }

  @Test
  void whatTheProcessorDoesNotHaveIsNotMissed() {
    machine.cpu("avx2 fma");

    Findings.assertOk(
        section(Map.of("ATEN_CPU_CAPABILITY", "avx2")), "ATEN_CPU_CAPABILITY", "avx2");
  }

  @Test
  void preloadedLibraryThatIsThere() {
    machine.write("opt/lib.so", "");

    Findings.assertOk(section(Map.of("LD_PRELOAD", "/opt/lib.so")), "LD_PRELOAD", "/opt/lib.so");
  }

  @Test
  void anotherLibtorchOnTheLibraryPath() {
    machine.write("opt/torch/lib/libtorch_cpu.so", "");

    Section section = section(Map.of("LD_LIBRARY_PATH", "/usr/lib:/opt/torch/lib"));

    Findings.assertOk(section, "LD_LIBRARY_PATH", "/usr/lib:/opt/torch/lib");
    String advice = Findings.of(section, "LD_LIBRARY_PATH").advice();
    assertTrue(advice.startsWith("the libtorch in /opt/torch/lib goes before the one"), advice);
  }
}
