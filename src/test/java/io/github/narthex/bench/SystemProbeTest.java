package io.github.narthex.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SystemProbeTest {
  private static final String CPU =
      """
      processor\t: %d
      model name\t: Some CPU @ 2.00GHz
      physical id\t: 0
      core id\t\t: %d
      flags\t\t: fpu sse avx2 avx512f avx512_bf16 amx_int8 amx_bf16

      """;

  @TempDir Path root;

  private void write(String file, String text) throws IOException {
    Path path = root.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  @Test
  void processor() throws IOException {
    write(
        "proc/cpuinfo",
        CPU.formatted(0, 0) + CPU.formatted(1, 0) + CPU.formatted(2, 1) + CPU.formatted(3, 1));
    SystemProbe probe = new SystemProbe(root);

    assertEquals("Some CPU @ 2.00GHz", probe.cpu());
    assertEquals(List.of("avx2", "avx512f", "avx512_bf16", "amx_bf16", "amx_int8"), probe.isa());
    assertEquals(4, probe.processors());
    assertEquals(2, probe.cores());
  }

  @Test
  void quotaOfEitherKindOfCgroup() throws IOException {
    SystemProbe probe = new SystemProbe(root);
    assertNull(probe.cpuQuota());
    write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
    write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
    assertNull(probe.cpuQuota());
    write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "250000\n");
    assertEquals(2.5, probe.cpuQuota());
    write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
    write("sys/fs/cgroup/cpu.max", "max 100000\n");
    assertNull(probe.cpuQuota());
    write("sys/fs/cgroup/cpu.max", "150000 100000\n");
    assertEquals(1.5, probe.cpuQuota());
  }

  @Test
  void memoryIsTheLesserOfMachineAndLimit() throws IOException {
    write("proc/meminfo", "MemTotal:       2000 kB\nMemAvailable:    1500 kB\n");
    SystemProbe probe = new SystemProbe(root);
    assertEquals(2_048_000, probe.memoryBytes());
    assertEquals(1_536_000, probe.availableBytes());
    write("sys/fs/cgroup/memory.max", "max\n");
    assertEquals(2_048_000, probe.memoryBytes());
    write("sys/fs/cgroup/memory.max", "1000000\n");
    write("sys/fs/cgroup/memory.current", "400000\n");
    assertEquals(1_000_000, probe.memoryBytes());
    assertEquals(600_000, probe.availableBytes());
  }

  @Test
  void nothingThereIsNoError() {
    Environment environment = new SystemProbe(root).environment("2.15.0");
    assertEquals("2.15.0", environment.libtorch());
    assertTrue(environment.availableProcessors() > 0);
    assertEquals(List.of(), environment.isa());
  }

  @Test
  void factsOfAProcess() throws IOException {
    ProcessFacts facts = new ProcessFacts(root);
    assertEquals(0, facts.peakRssBytes());
    assertEquals(0, facts.disturbance().throttledMs());
    write("proc/self/status", "Name:\tjava\nVmHWM:\t  123456 kB\n");
    write(
        "sys/fs/cgroup/cpu.stat",
        "usage_usec 5\nnr_periods 9\nnr_throttled 3\nthrottled_usec 7500\n");
    write("proc/stat", "cpu  1 2 3 4 5 6 7 8 9 10\ncpu0 1 2 3 4 5 6 7 9 9 10\n");
    assertEquals(123456L * 1024, facts.peakRssBytes());
    assertEquals(7.5, facts.disturbance().throttledMs());
    assertEquals(3, facts.disturbance().throttledPeriods());
    write("proc/self/stat", "7 (a (b) c) S 1 1 1 0 -1 0 0 0 0 0 3 2 0 0 20 0 1 0 5\n");
    Disturbance disturbance = facts.disturbance();
    assertEquals(80, disturbance.stolenMs());
    assertEquals(10 * (1 + 2 + 3 + 6 + 7) - 10 * (3 + 2), disturbance.othersMs());
  }
}
