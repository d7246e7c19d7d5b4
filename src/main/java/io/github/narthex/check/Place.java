package io.github.narthex.check;

import io.github.narthex.Version;
import io.github.narthex.bench.Environment;
import io.github.narthex.strategy.Cgroup;
import io.github.narthex.strategy.Machine;
import io.github.narthex.strategy.Processors;
import java.nio.file.Path;

/**
 * Where a model is to run.
 *
 * @param memoryBytes what a process may have: the machine's, or a control group's limit
 * @param libtorch its version
 * @param narthex its version
 */
public record Place(
    Machine machine, Processors processors, long memoryBytes, String libtorch, String narthex) {
  /** This machine and this process. Loads libtorch. */
  public static Place here() {
    String libtorch = Version.libtorch();
    return new Place(
        Machine.current(),
        Processors.ofThisProcess(),
        Math.min(
            Environment.ofThisMachine(libtorch).memoryBytes(),
            Cgroup.of(Path.of("/")).memoryLimitBytes().orElse(Long.MAX_VALUE)),
        libtorch,
        Version.NARTHEX);
  }
}
