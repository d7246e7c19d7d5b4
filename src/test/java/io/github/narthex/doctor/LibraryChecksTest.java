package io.github.narthex.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.internal.files.SystemFiles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LibraryChecksTest {
  private static final String TORCH = "/opt/torch/lib/";

  @TempDir Path root = Path.of("");

  private static LibtorchReport loaded(String config, String... libraries) {
    List<String> mapped = new ArrayList<>(List.of(TORCH + "libtorch_cpu.so"));
    mapped.addAll(List.of(libraries));
    return LibtorchReport.NOTHING
        .foundAt("/opt/libnarthex.so (build tree)")
        .loaded(7, new LibtorchFacts("2.15.0", config, null, null, null), mapped);
  }

  private static Section section(LibtorchReport report) {
    return new LibraryChecks(report).section();
  }

  @Test
  void allIsWell() {
    Section section = section(loaded("", TORCH + "libgomp.so.1"));

    Findings.assertOk(
        section, "native library", "/opt/libnarthex.so (build tree), interface version 7");
    Findings.assertOk(section, "libtorch", "2.15.0, /opt/torch/lib/libtorch_cpu.so");
    Findings.assertOk(section, "OpenMP", "/opt/torch/lib/libgomp.so.1");
    Findings.assertOk(section, "MKL", "none mapped");
  }

  @Test
  void mklWithinLibtorch() {
    Section section =
        section(loaded("  - Intel(R) oneAPI Math Kernel Library Version 2024.2-Product Build 1\n"));

    Findings.assertOk(
        section, "MKL", "in libtorch: Intel(R) oneAPI Math Kernel Library Version 2024.2-Product");
    Findings.assertOk(section, "OpenMP", "none");
  }

  @ParameterizedTest
  @CsvSource({
    "OpenMP, /opt/torch/lib/libgomp.so.1, /usr/lib/libgomp.so.1, let one remain",
    "OpenMP, /opt/torch/lib/libgomp-a34b3233.so.1, /opt/intel/libiomp5.so, let one remain",
    "OpenMP, /opt/torch/lib/libgomp.so.1, /usr/lib/libomp.so.5, let one remain",
    "MKL, /opt/a/libmkl_core.so.2, /opt/b/libmkl_core.so.2, of one MKL remain",
    "MKL, /opt/a/libmkl_gnu_thread.so.2, /opt/a/libmkl_intel_thread.so.2, of one MKL remain"
  })
  void oneOfThemTwice(String name, String one, String two, String advice) {
    Findings.assertWarning(section(loaded("", one, two)), name, one + ", " + two, advice);
  }

  @Test
  void namesThatOnlyBeginAlike() {
    Section section = section(loaded("", "/usr/lib/libgomphotos.so", "/usr/lib/libompl.so"));

    Findings.assertOk(section, "OpenMP", "none");
  }

  @Test
  void librariesOfOneMkl() {
    Section section = section(loaded("", "/opt/a/libmkl_core.so.2", "/opt/a/libmkl_rt.so.2"));

    Findings.assertOk(section, "MKL", "/opt/a/libmkl_core.so.2, /opt/a/libmkl_rt.so.2");
  }

  @Test
  void nativeLibraryThatIsNotThere() {
    Section section =
        section(LibtorchReport.NOTHING.failed("not found", "tried:\n  here", List.of()));

    Findings.assertError(
        section, "native library", "not found\ntried:\n  here", "-Dnarthex.library=FILE");
    Findings.assertError(
        section, "libtorch", "not loaded, since the native library loads it", "see above");
    assertEquals(2, section.checks().size(), "nothing is known of what is mapped");
  }

  @ParameterizedTest
  @CsvSource({
    "Java refuses native access: start it with --enable-native-access=ALL-UNNAMED,the flag that"
        + " the",
    "/x.so: version `GLIBC_2.34' not found,needs glibc 2.28",
    "/x.so: undefined symbol: _ZN2at,LIBTORCH_HOME=DIR mvn package",
    "'x was built with libtorch 2.15.0, but libtorch 2.11.0 is loaded',LIBTORCH_HOME=DIR",
    "/x.so: failed to map segment from shared object,noexec",
    "/x.so can't be loaded: libc10.so: no such file,-Dnarthex.libtorch.home=DIR names an unpacked",
    "the process ended by signal 11 (SIGSEGV),another native library"
  })
  void libtorchThatDoesNotLoad(String message, String advice) {
    LibtorchReport report =
        LibtorchReport.NOTHING
            .foundAt("/opt/libnarthex.so (build tree)")
            .failed(message, "tried", List.of(TORCH + "libgomp.so.1"));

    Findings.assertError(section(report), "libtorch", message + "\ntried", advice);
    Findings.assertOk(section(report), "OpenMP", TORCH + "libgomp.so.1");
  }

  @Test
  void libtorchThatLoadsAndThenCrashes() {
    LibtorchReport report = loaded("").failed("it crashed", "", List.of());

    assertEquals(
        Finding.Status.ERROR, Findings.of(section(report), "libtorch").status(), "" + report);
  }

  @Test
  void mappedLibraries() {
    FakeMachine machine =
        new FakeMachine(root)
            .write(
                "proc/self/maps",
                """
                7f00-7f01 r--p 00000000 fe:00 12   /usr/lib/libgomp.so.1.0.0
                7f01-7f02 r-xp 00001000 fe:00 12   /usr/lib/libgomp.so.1.0.0
                7f02-7f03 rw-p 00000000 00:00 0
                7f03-7f04 rw-p 00000000 00:00 0    [heap]
                7f04-7f05 r--p 00000000 fe:00 13   /opt/my libs/lib.so (deleted)
                7f05-7f06 r--p 00000000 fe:00 14   /usr/lib/locale/locale-archive
                """);

    assertEquals(
        List.of("/usr/lib/libgomp.so.1.0.0", "/opt/my libs/lib.so (deleted)"),
        machine.files().mappedLibraries());
    assertTrue(new SystemFiles(root.resolve("nowhere")).mappedLibraries().isEmpty());
  }
}
