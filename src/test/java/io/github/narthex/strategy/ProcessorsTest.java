package io.github.narthex.strategy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Machines made of files. */
class ProcessorsTest {
  private static final String QUOTA = "150000 100000\n";

  @TempDir Path root;

  private void write(String file, String text) throws IOException {
    Path path = root.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  /** Processors 0 to 7 of 4 cores; N and N + 4 share a core. */
  private void hyperThreaded() throws IOException {
    write("sys/devices/system/cpu/online", "0-7\n");
    write("proc/self/status", "Name:\tjava\nCpus_allowed:\tff\nCpus_allowed_list:\t0-7\n");
    for (int cpu = 0; cpu < 8; cpu++) {
      String core = "%d,%d\n".formatted(cpu % 4, cpu % 4 + 4);
      write("sys/devices/system/cpu/cpu" + cpu + "/topology/core_cpus_list", core);
    }
  }

  private void allow(String cpus) throws IOException {
    write("proc/self/status", "Cpus_allowed_list:\t" + cpus + "\n");
  }

  private Processors read() {
    return Processors.read(root, 8);
  }

  private static Processors processors(int logical, int cores) {
    return new Processors(logical, cores, OptionalDouble.empty());
  }

  @Test
  void hyperThreadsAreNoCores() throws IOException {
    hyperThreaded();

    assertEquals(processors(8, 4), read());
    assertEquals(4, read().usableCores());
  }

  @Test
  void olderKernelsCallSiblingsByAnotherName() throws IOException {
    write("sys/devices/system/cpu/online", "0-3\n");
    for (int cpu = 0; cpu < 4; cpu++) {
      String core = cpu < 2 ? "0-1\n" : "2-3\n";
      write("sys/devices/system/cpu/cpu" + cpu + "/topology/thread_siblings_list", core);
    }

    assertEquals(processors(4, 2), read());
  }

  @Test
  void siblingsOfOneCoreAreOneCore() throws IOException {
    hyperThreaded();
    allow("1,5");

    assertEquals(processors(2, 1), read());
  }

  @Test
  void processorsOfTwoCoresAreTwo() throws IOException {
    hyperThreaded();
    allow("1-2");

    assertEquals(processors(2, 2), read());
  }

  @Test
  void processorsThatAreSwitchedOffDoNotCount() throws IOException {
    hyperThreaded();
    write("sys/devices/system/cpu/online", "0-1,4-5\n");

    assertEquals(processors(4, 2), read());
  }

  @Test
  void withoutTopologyEachProcessorIsACore() throws IOException {
    allow("0-2");

    assertEquals(processors(3, 3), read());
  }

  @Test
  void nothingReadable() {
    assertEquals(processors(8, 8), read());
    assertEquals(processors(1, 1), Processors.read(root, 1));
  }

  @Test
  void nonsenseIsAsGoodAsNothing() throws IOException {
    write("proc/self/status", "Cpus_allowed_list:\tall of them\n");
    write("sys/devices/system/cpu/online", "\n");
    write("sys/fs/cgroup/cpu.max", "much\n");
    write("sys/fs/cgroup/cpuset.cpus.effective", "-3\n");
    write("proc/self/cgroup", "0\n");

    assertEquals(processors(8, 8), read());
  }

  @Test
  void whatTheUserSetForTheJvmHolds() throws IOException {
    hyperThreaded();

    assertEquals(processors(3, 3), Processors.read(root, 3));
  }

  @Test
  void quotaOfOneAndAHalfIsOneCore() throws IOException {
    hyperThreaded();
    write("sys/fs/cgroup/cpu.max", QUOTA);

    assertEquals(new Processors(8, 4, OptionalDouble.of(1.5)), read());
    assertEquals(1, read().usableCores());
  }

  @Test
  void quotaBelowOneIsStillACore() throws IOException {
    write("sys/fs/cgroup/cpu.max", "20000 100000\n");

    assertEquals(1, read().usableCores());
  }

  @Test
  void quotaAboveTheCoresGivesNoMoreOfThem() throws IOException {
    hyperThreaded();
    write("sys/fs/cgroup/cpu.max", "600000 100000\n");

    assertEquals(4, read().usableCores());
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "cpu,cpuacct"})
  void quotaOfTheFirstVersion(String mount) throws IOException {
    write("proc/self/cgroup", "5:cpuacct,cpu:/jobs/one\n2:memory:/else\n");
    write("sys/fs/cgroup/" + mount + "/jobs/one/cpu.cfs_quota_us", "250000\n");
    write("sys/fs/cgroup/" + mount + "/jobs/one/cpu.cfs_period_us", "100000\n");
    write("sys/fs/cgroup/" + mount + "/cpu.cfs_quota_us", "-1\n");
    write("sys/fs/cgroup/" + mount + "/cpu.cfs_period_us", "100000\n");

    assertEquals(OptionalDouble.of(2.5), read().quota());
  }

  @Test
  void leastQuotaOnTheWayUpCounts() throws IOException {
    write("proc/self/cgroup", "0::/user.slice/session/mine\n");
    write("sys/fs/cgroup/user.slice/session/mine/cpu.max", "max 100000\n");
    write("sys/fs/cgroup/user.slice/session/cpu.max", "200000 100000\n");
    write("sys/fs/cgroup/user.slice/cpu.max", "300000 100000\n");
    write("sys/fs/cgroup/other/cpu.max", "100000 100000\n");

    assertEquals(OptionalDouble.of(2), read().quota());
  }

  /** The path is the host's, where the container's root is. */
  @Test
  void containerThatSeesItsGroupAsTheRoot() throws IOException {
    write("proc/self/cgroup", "4:cpu,cpuacct:/docker/0123\n");
    write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "150000\n");
    write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");

    assertEquals(OptionalDouble.of(1.5), read().quota());
  }

  @Test
  void groupOutsideOfWhatCanBeSeen() throws IOException {
    write("proc/self/cgroup", "0::/../../elsewhere\n");
    write("sys/fs/cgroup/cpu.max", QUOTA);
    write("elsewhere/cpu.max", "100000 100000\n");

    assertEquals(OptionalDouble.of(1.5), read().quota());
  }

  @Test
  void noQuota() throws IOException {
    write("sys/fs/cgroup/cpu.max", "max 100000\n");

    assertEquals(OptionalDouble.empty(), read().quota());
  }

  @Test
  void cpusetOfTwoSiblings() throws IOException {
    hyperThreaded();
    write("proc/self/cgroup", "0::/pinned\n");
    write("sys/fs/cgroup/pinned/cpuset.cpus.effective", "3,7\n");
    write("sys/fs/cgroup/cpuset.cpus.effective", "0-7\n");

    assertEquals(processors(2, 1), read());
  }

  @Test
  void cpusetOfTheFirstVersion() throws IOException {
    hyperThreaded();
    write("proc/self/cgroup", "3:cpuset:/pinned\n0::/\n");
    write("sys/fs/cgroup/cpuset/pinned/cpuset.cpus", "0-1\n");

    assertEquals(processors(2, 2), read());
  }

  @Test
  void affinityWithinTheCpuset() throws IOException {
    hyperThreaded();
    allow("0-2");
    write("sys/fs/cgroup/cpuset.cpus.effective", "2-7\n");

    assertEquals(processors(1, 1), read());
  }

  @Test
  void lists() {
    assertEquals(Set.of(0, 1, 2, 8), Processors.cpuList(" 0-2,8\n"));
    assertEquals(Set.of(), Processors.cpuList(""));
    assertEquals(Set.of(), Processors.cpuList("3-"));
  }

  @Test
  void numbersAreChecked() {
    assertThrows(IllegalArgumentException.class, () -> processors(0, 1));
    assertThrows(IllegalArgumentException.class, () -> processors(1, 0));
    assertThrows(IllegalArgumentException.class, () -> new Processors(1, 1, OptionalDouble.of(0)));
  }

  @Test
  void thisMachine() {
    Processors here = Processors.ofThisProcess();

    assertTrue(here.logical() <= Runtime.getRuntime().availableProcessors(), here.toString());
    assertTrue(here.usableCores() <= here.cores() && here.cores() <= here.logical(), "" + here);
  }
}
