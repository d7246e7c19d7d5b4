package io.github.narthex.gpu;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * NVIDIA's GPUs of this machine at one moment, by NVML, the driver's management library. It is
 * {@code libnvidia-ml.so.1}, or what the system property {@code narthex.nvml} names, which the
 * first question opens and starts, for as long as the process lives; what came of that is kept.
 * Without NVML, or without a GPU, everything is empty and nothing is thrown.
 *
 * @param driverVersion such as {@code 580.65.06}; empty if NVML does not say
 * @param cudaVersion of CUDA, that the driver has, such as {@code 13.0}; empty if NVML does not say
 * @param gpus in the order of NVML, which need not be that of CUDA: see {@link CudaDevices}
 * @param unreadable a line for each GPU that is there but does not answer, with the reason, such as
 *     one that the process may not use
 * @param unavailable why NVML can't be asked; empty if it can
 */
public record Gpus(
    Optional<String> driverVersion,
    Optional<String> cudaVersion,
    List<GpuStatus> gpus,
    List<String> unreadable,
    Optional<Unavailable> unavailable) {
  /** The lists are copied. */
  public Gpus {
    gpus = List.copyOf(gpus);
    unreadable = List.copyOf(unreadable);
  }

  /**
   * Why NVML can't be asked.
   *
   * @param reason one line
   */
  public record Unavailable(Cause cause, String reason) {
    /** What is missing. */
    public enum Cause {
      /** There is no such library, or it can't be opened: mostly, there is no driver. */
      NOT_FOUND,
      /** Java refuses native access. */
      NO_ACCESS,
      /** The library is something else. */
      FOREIGN,
      /** NVML says that it can't work, for example because the driver is of another version. */
      FAILED
    }
  }

  /**
   * Asks NVML. The first time takes up to a second, where there are GPUs; later some milliseconds.
   * Threads may call it at the same time.
   */
  public static Gpus read() {
    return read(Nvml.ofThisProcess());
  }

  /** Nothing, for a reason. */
  public static Gpus none(Unavailable reason) {
    return new Gpus(Optional.empty(), Optional.empty(), List.of(), List.of(), Optional.of(reason));
  }

  static Gpus read(Nvml nvml) {
    if (nvml.unavailable().isPresent()) {
      return none(nvml.unavailable().get());
    }
    List<GpuStatus> gpus = new ArrayList<>();
    List<String> unreadable = new ArrayList<>();
    int count = 0;
    try {
      count = number(nvml, "nvmlDeviceGetCount_v2");
    } catch (NvmlException e) {
      unreadable.add("the number of GPUs: " + e.text());
    }
    for (int i = 0; i < count; i++) {
      try {
        gpus.add(NvmlGpu.open(nvml, i).status());
      } catch (NvmlException e) {
        unreadable.add("GPU %d: %s".formatted(i, e.text()));
      }
    }
    return new Gpus(
        nvml.text("nvmlSystemGetDriverVersion"),
        cudaVersion(nvml),
        gpus,
        unreadable,
        Optional.empty());
  }

  /** CUDA's versions are numbers such as 12040. */
  private static Optional<String> cudaVersion(Nvml nvml) {
    try {
      int number = number(nvml, "nvmlSystemGetCudaDriverVersion_v2");
      return Optional.of(number / 1000 + "." + number % 1000 / 10);
    } catch (NvmlException e) { // there is no libcuda.so.1
      return Optional.empty();
    }
  }

  private static int number(Nvml nvml, String function) throws NvmlException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(JAVA_INT);
      nvml.check(function, out);
      return out.get(JAVA_INT, 0);
    }
  }
}
