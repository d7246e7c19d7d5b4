package io.github.narthex.gpu;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * One GPU at one moment. All of it is of the whole GPU, whoever uses it: other processes, and the
 * instances of a GPU that is divided (MIG). What this GPU or its driver does not say is empty.
 *
 * @param index NVML's, as {@code nvidia-smi} shows it; CUDA's can be another, see {@link
 *     CudaDevices}
 * @param name such as {@code NVIDIA H200}
 * @param uuid such as {@code GPU-8932f937-d72c-4106-c12f-20bd9faed9f6}
 * @param pciBusId such as {@code 00000000:0A:00.0}
 * @param computeCapability such as {@code 9.0}
 * @param memory how much there is
 * @param busyPercent of the last sample period (a second or less) in which a kernel ran
 * @param memoryBusyPercent of the last sample period in which memory was read or written
 * @param celsius the temperature of the chip
 * @param watts what it takes now; with most GPUs since Ampere the mean of the last second
 * @param joules what it has taken since the driver was loaded
 * @param sm the clock of the multiprocessors
 * @param memoryClock the memory's clock
 * @param clockLimits what holds clocks back; an empty list if nothing does
 * @param ecc whether memory errors are corrected (ECC)
 * @param uncorrectedErrors memory errors that could not be corrected, since the driver was loaded
 * @param mig whether it is divided into instances (MIG)
 */
public record GpuStatus(
    int index,
    Optional<String> name,
    Optional<String> uuid,
    Optional<String> pciBusId,
    Optional<String> computeCapability,
    Memory memory,
    OptionalInt busyPercent,
    OptionalInt memoryBusyPercent,
    OptionalInt celsius,
    OptionalDouble watts,
    OptionalDouble joules,
    Clock sm,
    Clock memoryClock,
    Optional<List<ClockLimit>> clockLimits,
    Optional<Boolean> ecc,
    OptionalLong uncorrectedErrors,
    Optional<Boolean> mig) {
  /** The list is copied. */
  public GpuStatus {
    clockLimits = clockLimits.map(List::copyOf);
  }

  /**
   * A GPU's memory.
   *
   * @param totalBytes all of it
   * @param usedBytes what processes have, and what the driver keeps for itself
   * @param freeBytes the rest
   */
  public record Memory(OptionalLong totalBytes, OptionalLong usedBytes, OptionalLong freeBytes) {}

  /**
   * A clock.
   *
   * @param mhz how fast it runs now
   * @param mostMhz how fast it may run
   */
  public record Clock(OptionalInt mhz, OptionalInt mostMhz) {}
}
