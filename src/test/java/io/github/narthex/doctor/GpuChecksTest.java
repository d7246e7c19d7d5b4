package io.github.narthex.doctor;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GpuChecksTest extends WithFakeMachine {
  private Section section(@Nullable String config) {
    return new GpuChecks(machine.files(), new LibtorchFacts("2.15.0", config, null, null, null))
        .section();
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
        new GpuChecks(machine.files(), null).section(),
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
  void driverWithoutADeviceInTheContainer() {
    machine.write(
        "proc/driver/nvidia/version", "NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.1\n");

    Findings.assertOk(section(null), "GPU", "none visible, driver 580.1");
  }
}
