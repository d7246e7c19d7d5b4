package io.github.narthex.doctor;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProcessorChecksTest extends WithFakeMachine {
  private static final String GOVERNOR = "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor";
  private static final String DRIVER = "sys/devices/system/cpu/cpu0/cpufreq/scaling_driver";
  private static final String PREFERENCE =
      "sys/devices/system/cpu/cpu0/cpufreq/energy_performance_preference";

  private Section section() {
    return new ProcessorChecks(machine.files(), machine.java()).section();
  }

  @Test
  void allIsWell() {
    String arch = System.getProperty("os.arch", "");

    Findings.assertOk(section(), "model", "Some CPU (%s, Linux)".formatted(arch));
    Findings.assertOk(section(), "instruction sets", "avx2 avx512f avx512_vnni");
    Findings.assertOk(section(), "cores", "4 processors of 4 cores");
    Findings.assertOk(section(), "cpuset", "0-3, of 0-3");
    Findings.assertOk(section(), "CPU quota", "none");
    Findings.assertOk(section(), "throttling", "none");
    Findings.assertOk(section(), "governor", "not visible, as in most virtual machines");
  }

  @Test
  void anotherSystem() {
    JavaFacts java = machine.java();
    JavaFacts elsewhere =
        new JavaFacts(
            java.feature(),
            java.name(),
            "Mac OS X",
            java.collectors(),
            java.flags(),
            java.maxHeapBytes(),
            java.processors(),
            java.named(),
            java.nativeAccess());
    Section section = new ProcessorChecks(machine.files(), elsewhere).section();

    Findings.assertError(
        section,
        "model",
        "Some CPU (%s, Mac OS X)".formatted(System.getProperty("os.arch")),
        "Linux on x86-64");
  }

  @Test
  void processorWithoutAvx2() {
    machine.cpu("sse4_2");

    Findings.assertWarning(
        section(), "instruction sets", "none beyond those of every x86-64", "without AVX2");
  }

  @Test
  void partOfTheMachine() {
    machine.write("proc/self/status", "Cpus_allowed_list:\t0-1\n").processors(2);

    Findings.assertOk(section(), "cores", "2 processors of 2 cores, of the machine's 4");
    Findings.assertOk(section(), "cpuset", "0-1, of 0-3");
  }

  @Test
  void javaCountsMoreThanThereAre() {
    machine.processors(16);

    Findings.assertWarning(
        section(), "cores", "4 processors of 4 cores; Java counts 16", "ActiveProcessorCount");
  }

  @ParameterizedTest
  @CsvSource({
    "200000,the time of 2 processors,",
    "150000,the time of 1.5 processors,run with --threads 1",
    "250000,the time of 2.5 processors,run with --threads 2",
    "50000,the time of 0.5 processors,at least one processor"
  })
  void quota(String quota, String found, String advice) {
    machine.write("sys/fs/cgroup/cpu.max", quota + " 100000\n");

    if (advice == null) {
      Findings.assertOk(section(), "CPU quota", found);
    } else {
      Findings.assertWarning(section(), "CPU quota", found, advice);
    }
  }

  @Test
  void throttling() {
    machine.write("sys/fs/cgroup/cpu.max", "200000 100000\n");
    machine.write(
        "sys/fs/cgroup/cpu.stat", "nr_periods 1000\nnr_throttled 400\nthrottled_usec 12340000\n");

    Findings.assertWarning(
        section(),
        "throttling",
        "in 400 of 1000 periods (40 %) since the group was made, 12.34 s in all",
        "use fewer threads (--threads 2)");
  }

  @Test
  void littleThrottlingIsUsual() {
    machine.write(
        "sys/fs/cgroup/cpu.stat", "nr_periods 1000\nnr_throttled 4\nthrottled_usec 40000\n");

    Findings.assertOk(
        section(),
        "throttling",
        "in 4 of 1000 periods (0.4 %) since the group was made, 0.04 s in all");
  }

  @ParameterizedTest
  @CsvSource({"powersave,acpi-cpufreq,", "powersave,,", "performance,intel_pstate,power"})
  void slowGovernors(String governor, String driver, String preference) {
    machine.write(GOVERNOR, governor + "\n");
    if (driver != null) {
      machine.write(DRIVER, driver + "\n");
    }
    if (preference != null) {
      machine.write(PREFERENCE, preference + "\n");
    }

    Findings.assertWarning(
        section(),
        "governor",
        governor
            + (driver == null ? "" : " (" + driver + ")")
            + (preference == null ? "" : ", preference " + preference),
        "cpupower frequency-set -g performance");
  }

  @Test
  void governorsThatRaiseTheFrequency() {
    machine.write(GOVERNOR, "performance\n");
    Findings.assertOk(section(), "governor", "performance");
    machine.write(GOVERNOR, "powersave\n").write(DRIVER, "intel_pstate\n");
    Findings.assertOk(section(), "governor", "powersave (intel_pstate)");
    machine.write(PREFERENCE, "balance_performance\n");
    Findings.assertOk(
        section(), "governor", "powersave (intel_pstate), preference balance_performance");
  }
}
