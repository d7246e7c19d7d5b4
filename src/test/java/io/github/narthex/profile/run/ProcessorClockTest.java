package io.github.narthex.profile.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.bench.ProcessFacts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessorClockTest {
  @TempDir private Path root;

  private void write(String file, String text) throws IOException {
    Path path = root.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  @Test
  void readsWhatLinuxCounts() throws IOException {
    write("proc/self/stat", "7 (a (b) c) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0");
    write("proc/stat", "cpu  9 9 9 9 9 9 9 9 0 0\ncpu0 100 1 20 500 30 2 3 40 0 0\nintr 5\n");
    write("sys/fs/cgroup/cpu.stat", "usage_usec 5\nnr_periods 9\nthrottled_usec 2500000\n");
    write("sys/fs/resctrl/mon_data/mon_L3_00/mbm_total_bytes", "1000\n");
    write("sys/fs/resctrl/mon_data/mon_L3_01/mbm_total_bytes", "234\n");
    ProcessorClock clock = ProcessorClock.read(new ProcessFacts(root));
    assertEquals(1234, clock.memoryBytes().orElseThrow());
    assertEquals(2000, clock.processMs());
    assertEquals(List.of(1260.0), clock.busyMs());
    assertEquals(2_500, clock.throttledMs());
  }

  @Test
  void differencesAreShares() {
    ProcessorClock before =
        new ProcessorClock(0, 1_000, List.of(10_000.0, 20_000.0), 0, OptionalLong.of(5));
    ProcessorClock after =
        new ProcessorClock(
            2_000_000_000, 4_000, List.of(11_500.0, 20_000.0), 500, OptionalLong.of(205));
    Utilisation use = before.until(after);
    assertEquals(1.5, use.processors(), 1e-9);
    assertEquals(List.of(0.75, 0.0), use.busy());
    assertEquals(0.25, use.throttledShare(), 1e-9);
    assertEquals(100, use.memoryBytesPerSecond().orElseThrow(), 1e-9);
  }

  @Test
  void nothingIsKnownElsewhere() {
    ProcessorClock clock = ProcessorClock.read(new ProcessFacts(root.resolve("nowhere")));
    assertEquals(0, clock.processMs());
    assertTrue(clock.busyMs().isEmpty());
    assertTrue(clock.memoryBytes().isEmpty());
  }
}
