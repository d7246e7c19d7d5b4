package io.github.narthex.strategy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Limits of memory, and throttling; {@link ProcessorsTest} has the rest. */
class CgroupTest {
  @TempDir Path root = Path.of("");

  private void write(String file, String text) throws IOException {
    Path path = root.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  private Cgroup cgroup() {
    return Cgroup.of(root);
  }

  @Test
  void nothingReadable() {
    assertEquals(OptionalLong.empty(), cgroup().memoryLimitBytes());
    assertEquals(Optional.empty(), cgroup().throttling());
  }

  @Test
  void leastLimitOnTheWayUpCounts() throws IOException {
    write("proc/self/cgroup", "0::/user.slice/mine\n");
    write("sys/fs/cgroup/user.slice/mine/memory.max", "max\n");
    write("sys/fs/cgroup/user.slice/memory.max", "2000\n");
    write("sys/fs/cgroup/memory.max", "3000\n");
    write("sys/fs/cgroup/other/memory.max", "1000\n");

    assertEquals(OptionalLong.of(2000), cgroup().memoryLimitBytes());
  }

  @Test
  void limitOfTheFirstVersion() throws IOException {
    write("proc/self/cgroup", "4:memory:/jobs/one\n1:cpu:/\n");
    write("sys/fs/cgroup/memory/jobs/one/memory.limit_in_bytes", "5000\n");
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");

    assertEquals(OptionalLong.of(5000), cgroup().memoryLimitBytes());
  }

  @Test
  void noLimitOfTheFirstVersion() throws IOException {
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");

    assertEquals(OptionalLong.empty(), cgroup().memoryLimitBytes());
  }

  /** The group of a service may have less left than the one of the machine. */
  @Test
  void roomOfTheFullestGroup() throws IOException {
    write("proc/self/cgroup", "0::/mine\n");
    assertEquals(OptionalLong.empty(), cgroup().memoryRoomBytes());
    write("sys/fs/cgroup/mine/memory.max", "1000\n");
    write("sys/fs/cgroup/mine/memory.current", "900\n");
    write("sys/fs/cgroup/memory.max", "5000\n");
    write("sys/fs/cgroup/memory.current", "1500\n");
    assertEquals(OptionalLong.of(100), cgroup().memoryRoomBytes());
    write("sys/fs/cgroup/mine/memory.max", "max\n");
    assertEquals(OptionalLong.of(3500), cgroup().memoryRoomBytes());
  }

  @Test
  void throttlingOfTheGroupThatIsHeldBack() throws IOException {
    write("proc/self/cgroup", "0::/mine\n");
    write("sys/fs/cgroup/mine/cpu.stat", "usage_usec 9\nnr_periods 10\nnr_throttled 0\n");
    write("sys/fs/cgroup/cpu.stat", "nr_periods 20\nnr_throttled 5\nthrottled_usec 1500000\n");

    Cgroup.Throttling throttling = cgroup().throttling().orElseThrow();
    assertEquals(new Cgroup.Throttling(20, 5, Duration.ofMillis(1500)), throttling);
    assertEquals(0.25, throttling.share());
  }

  @Test
  void throttlingOfTheFirstVersion() throws IOException {
    write("proc/self/cgroup", "1:cpu,cpuacct:/\n");
    write(
        "sys/fs/cgroup/cpu,cpuacct/cpu.stat",
        "nr_periods 7\nnr_throttled 7\nthrottled_time 2000000\n");

    assertEquals(
        new Cgroup.Throttling(7, 7, Duration.ofMillis(2)), cgroup().throttling().orElseThrow());
  }

  @Test
  void groupWithoutAQuotaCountsNoPeriods() throws IOException {
    write("sys/fs/cgroup/cpu.stat", "usage_usec 9\nuser_usec 5\n");

    assertEquals(Optional.empty(), cgroup().throttling());
  }
}
