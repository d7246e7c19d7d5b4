package io.github.narthex.bundle;

import io.github.narthex.strategy.Machine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What a bundle is opened on.
 *
 * @param cpu the processor's name
 * @param cpuFlags its instruction sets as Linux names them; empty where they can't be known
 */
record Here(String cpu, Set<String> cpuFlags) {
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  static Here current() {
    Machine machine = Machine.current();
    return new Here(cpuName(machine.arch()), machine.cpuFlags());
  }

  private static String cpuName(String otherwise) {
    try (Stream<String> lines = Files.lines(CPU_INFO)) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse(otherwise);
    } catch (IOException | UncheckedIOException e) {
      return otherwise; // not Linux, or a sandbox
    }
  }
}
