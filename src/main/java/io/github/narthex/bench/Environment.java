package io.github.narthex.bench;

import io.github.narthex.gpu.GpuStatus;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The machine and the software that figures were taken on.
 *
 * @param time when, in ISO 8601 and UTC
 * @param cpu the processor's name
 * @param isa the instruction sets that matter to inference
 * @param processors logical processors of the machine
 * @param cores physical cores of the machine
 * @param availableProcessors what this process may use, after affinity and quota
 * @param cpuQuota processors that the cgroup's quota allows; null without a quota
 * @param memoryBytes memory that this process may use: the machine's, or the cgroup's limit
 * @param gpus NVIDIA's, as its management library has them
 * @param gpuDriver the version of their driver; null without one
 * @param cuda the version of CUDA that the driver has; null without one
 */
public record Environment(
    String time,
    String narthex,
    String libtorch,
    String jvm,
    String os,
    String cpu,
    List<String> isa,
    int processors,
    int cores,
    int availableProcessors,
    @Nullable Double cpuQuota,
    long memoryBytes,
    List<Gpu> gpus,
    @Nullable String gpuDriver,
    @Nullable String cuda) {
  /** The lists are copied. */
  public Environment {
    isa = List.copyOf(isa);
    gpus = List.copyOf(gpus);
  }

  /**
   * A GPU of the machine.
   *
   * @param memoryBytes all of its memory; null if it does not say
   * @param computeCapability such as {@code 9.0}; null if it does not say
   */
  public record Gpu(String name, @Nullable Long memoryBytes, @Nullable String computeCapability) {
    static Gpu of(GpuStatus status) {
      OptionalLong bytes = status.memory().totalBytes();
      return new Gpu(
          status.name().orElse("GPU"),
          bytes.isPresent() ? bytes.getAsLong() : null,
          status.computeCapability().orElse(null));
    }
  }

  /**
   * Those of this process.
   *
   * @param libtorch its version
   */
  public static Environment ofThisMachine(String libtorch) {
    return SystemProbe.ofThisMachine().environment(libtorch);
  }

  /** What figures can be compared within, for people. */
  public String site() {
    return "%s, %d processors, with libtorch %s and Narthex %s"
        .formatted(cpu, availableProcessors, libtorch, narthex);
  }
}
