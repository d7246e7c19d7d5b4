package io.github.narthex.bench;

import java.util.List;
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
    long memoryBytes) {
  /** The list is copied. */
  public Environment {
    isa = List.copyOf(isa);
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
