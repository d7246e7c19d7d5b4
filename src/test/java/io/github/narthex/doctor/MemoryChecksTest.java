package io.github.narthex.doctor;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.internal.files.SystemFiles;
import org.junit.jupiter.api.Test;

class MemoryChecksTest extends WithFakeMachine {
  private static final String HUGE_PAGES = "sys/kernel/mm/transparent_hugepage/enabled";

  private Section section() {
    return new MemoryChecks(machine.files(), machine.java()).section();
  }

  @Test
  void allIsWell() {
    machine.write(HUGE_PAGES, "[always] madvise never\n");

    Findings.assertOk(section(), "memory", "16.4 GB, no limit; the machine has 8.2 GB free");
    Findings.assertOk(section(), "heap", "up to 1.0 GB");
    Findings.assertOk(section(), "huge pages", "always");
  }

  @Test
  void limit() {
    machine.write("sys/fs/cgroup/memory.max", "2000000000\n").heapBytes(1_600_000_000);

    Findings.assertOk(
        section(), "memory", "limited to 2.0 GB of 16.4 GB; the machine has 8.2 GB free");
    Findings.assertWarning(section(), "heap", "up to 1.6 GB, of 2.0 GB", "lower -Xmx");
  }

  @Test
  void tooLittle() {
    machine.write("sys/fs/cgroup/memory.max", "300000000\n").heapBytes(64_000_000);

    Findings.assertWarning(
        section(),
        "memory",
        "limited to 300 MB of 16.4 GB; the machine has 8.2 GB free",
        "raise the limit");
    Findings.assertOk(section(), "heap", "up to 64 MB");
  }

  @Test
  void allIsTaken() {
    machine.write("proc/meminfo", "MemTotal: 16000000 kB\nMemAvailable: 100000 kB\n");

    Findings.assertWarning(
        section(),
        "memory",
        "16.4 GB, no limit; the machine has 102 MB free",
        "end other processes");
  }

  @Test
  void hugePagesThatNobodyHas() {
    machine.write(HUGE_PAGES, "always madvise [never]\n");
    Finding never = Findings.of(section(), "huge pages");
    Findings.assertOk(section(), "huge pages", "never");
    assertTrue(never.advice().contains("/" + HUGE_PAGES), never.advice());
    machine.write(HUGE_PAGES, "always [madvise] never\n");
    Findings.assertOk(section(), "huge pages", "for those who ask");
  }

  @Test
  void nothingReadable() {
    Section section =
        new MemoryChecks(new SystemFiles(root.resolve("nowhere")), machine.java()).section();

    Findings.assertOk(section, "memory", "not known: /proc/meminfo does not say");
    Findings.assertOk(section, "heap", "up to 1.0 GB");
    Findings.assertOk(section, "huge pages", "not known: the kernel has no transparent huge pages");
  }
}
