package io.github.narthex.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.gpu.FakeNvml;
import io.github.narthex.gpu.Gpus;
import io.github.narthex.gpu.Gpus.Unavailable;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GpuChecksTest extends WithFakeMachine {
  private Section section(@Nullable String config) {
    return section(FakeMachine.noGpus(), config);
  }

  private Section section(Gpus gpus, @Nullable String config) {
    return new GpuChecks(
            machine.files(), gpus, new LibtorchFacts("2.15.0", config, null, null, null))
        .section();
  }

  private Section without(Unavailable.Cause cause) {
    return section(Gpus.none(new Unavailable(cause, "the reason")), null);
  }

  private void driver(String words) {
    machine.write(
        "proc/driver/nvidia/version",
        "NVRM version: %s\nGCC version:  gcc version 12.2.0\n".formatted(words));
    for (String gpu : new String[] {"0000:0a:00.0", "0000:0b:00.0"}) {
      machine.write(
          "proc/driver/nvidia/gpus/" + gpu + "/information",
          "Model: \t\t NVIDIA H200\nIRQ:   \t\t 123\n");
    }
  }

  @Test
  void none() {
    Findings.assertOk(
        section("PyTorch built with:\n"), "GPU", "none (no driver of NVIDIA's is loaded)");
    Findings.assertOk(
        section("PyTorch built with:\n"),
        "CUDA",
        "libtorch runs without it: models run on the CPU");
    Findings.assertOk(section(null), "CUDA", "not known: libtorch does not say");
    Findings.assertOk(
        new GpuChecks(machine.files(), FakeMachine.noGpus(), null).section(),
        "CUDA",
        "not known: libtorch is not loaded");
  }

  /** The words around the version are not the same in all drivers. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "NVIDIA UNIX x86_64 Kernel Module  570.86.10  Sun Jan 1 12:00:00 UTC 2025",
        "NVIDIA UNIX Open Kernel Module for x86_64  570.86.10  Release Build  (builder@host)",
        "NVIDIA UNIX Open Kernel x86_64 Kernel Module  570.86.10"
      })
  void driverThatIsTooOld(String words) {
    driver(words);

    Findings.assertOk(section(null), "GPU", "2 x NVIDIA H200, driver 570.86.10");
    Findings.assertWarning(
        section("  - CUDA Runtime 13.2\n"),
        "CUDA",
        "libtorch has CUDA 13.2, for which the driver is too old",
        "install driver 580 or later");
    Findings.assertOk(section("  - CUDA Runtime 12.8\n"), "CUDA", "libtorch has CUDA 12.8");
  }

  @Test
  void cudnnThatIsNotLibtorchs() {
    String cuda = "  - CUDA Runtime 13.0\n";
    Findings.assertOk(section(cuda + "  - CuDNN 9.10.2\n"), "cuDNN", "cuDNN 9.10.2");
    Findings.assertOk(
        section(
            cuda + "  - CuDNN 9.10.2  (built against CUDA 13.1)\n    - Built with CuDNN 9.9.0\n"),
        "cuDNN",
        "cuDNN 9.10.2");
    String fix = "LD_LIBRARY_PATH";
    Findings.assertWarning(
        section(cuda + "  - CuDNN 9.9.0\n    - Built with CuDNN 9.10.2\n"),
        "cuDNN",
        "cuDNN 9.9.0, and libtorch was built with 9.10.2",
        fix);
    Findings.assertWarning(
        section(cuda + "  - CuDNN 10.0.0\n    - Built with CuDNN 9.10.2\n"),
        "cuDNN",
        "cuDNN 10.0.0, and libtorch was built with 9.10.2",
        fix);
    Findings.assertWarning(
        section(cuda + "  - CuDNN 9.10.2  (built against CUDA 12.9)\n"),
        "cuDNN",
        "cuDNN 9.10.2 was built for CUDA 12.9, libtorch for 13.0",
        fix);
  }

  @Test
  void driverWithoutADeviceInTheContainer() {
    machine.write(
        "proc/driver/nvidia/version", "NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.1\n");

    Findings.assertOk(section(null), "GPU", "none visible, driver 580.1");
  }

  @Test
  void driverWithoutNvml() {
    Findings.assertOk(without(Unavailable.Cause.FAILED), "GPU", "none (the reason)");
    driver("NVIDIA UNIX x86_64 Kernel Module  570.86.10  Sun Jan 1 12:00:00 UTC 2025");
    String byFiles = "2 x NVIDIA H200, driver 570.86.10";

    Findings.assertOk(without(Unavailable.Cause.NOT_FOUND), "GPU", byFiles);
    assertEquals(
        "the reason. A container has it with the driver's capability \"utility\"",
        Findings.of(without(Unavailable.Cause.NOT_FOUND), "GPU").advice());
    Findings.assertOk(without(Unavailable.Cause.FOREIGN), "GPU", byFiles);
    Findings.assertOk(without(Unavailable.Cause.NO_ACCESS), "GPU", byFiles);
    Findings.assertWarning(
        without(Unavailable.Cause.FAILED),
        "GPU",
        byFiles + "; the reason",
        "of different versions, start the machine anew");
  }

  @Test
  void versionsThatDiffer() {
    driver("NVIDIA UNIX x86_64 Kernel Module  570.86.10  Sun Jan 1 12:00:00 UTC 2025");

    Finding finding = Findings.of(section(FakeNvml.gpus(FakeNvml.mismatch()), null), "GPU");

    assertEquals(Finding.Status.WARNING, finding.status());
    assertTrue(
        finding.found().endsWith(" can't be started: Driver/library version mismatch (18)"),
        finding.found());
  }

  /** NVML goes before the files. */
  @Test
  void byNvml() {
    driver("NVIDIA UNIX x86_64 Kernel Module  470.1  Sun Jan 1 12:00:00 UTC 2025");
    Section section = section(FakeNvml.gpus(FakeNvml.file()), "  - CUDA Runtime 13.2\n");

    Findings.assertWarning(
        section,
        "GPU",
        "1 x NVIDIA Fake H200 (compute capability 9.0, 150.0 GB, ECC), 1 x Tesla Fake K20 (compute"
            + " capability 3.5, 150.0 GB), driver 580.65.06 (CUDA 13.1); not readable: GPU 2: GPU"
            + " is lost (15)",
        "nvidia-smi");
    Findings.assertWarning(
        section,
        "clocks",
        "GPU 0 is held back: power cap, hardware thermal slowdown, a reason that is not known here",
        "cooling");
    Findings.assertWarning(
        section,
        "memory errors",
        "GPU 0 has had 2 that could not be corrected",
        "have the GPU replaced");
    Findings.assertOk(section, "CUDA", "libtorch has CUDA 13.2");
    Findings.assertWarning(
        section(FakeNvml.gpus(FakeNvml.file()), "  - CUDA Runtime 14.0\n"),
        "CUDA",
        "libtorch has CUDA 14.0, for which the driver is too old",
        "install a driver that has CUDA 14, or a libtorch");
  }

  /** An old GPU, which only idles, and says nothing of memory errors. */
  @Test
  void nothingWrong() {
    Gpus all = FakeNvml.gpus(FakeNvml.file());
    Gpus old =
        new Gpus(
            all.driverVersion(),
            Optional.of("12.8"),
            List.of(all.gpus().getLast()),
            List.of(),
            Optional.empty());
    Section section = section(old, "  - CUDA Runtime 13.2\n");

    Findings.assertOk(
        section,
        "GPU",
        "1 x Tesla Fake K20 (compute capability 3.5, 150.0 GB), driver 580.65.06 (CUDA 12.8)");
    Findings.assertOk(section, "clocks", "nothing holds them back");
    assertEquals(
        List.of("GPU", "clocks", "CUDA"), section.checks().stream().map(Check::name).toList());
    Findings.assertWarning(
        section,
        "CUDA",
        "libtorch has CUDA 13.2, for which the driver is too old",
        "install driver 580 or later");
  }
}
