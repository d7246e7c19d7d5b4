package io.github.narthex.doctor;

import io.github.narthex.internal.files.SystemFiles;
import io.github.narthex.internal.text.Quantity;
import io.github.narthex.strategy.Cgroup;
import io.github.narthex.strategy.Machine;
import io.github.narthex.strategy.Processors;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The processor, and how much of it this process has. */
record ProcessorChecks(SystemFiles files, JavaFacts java) {
  private static final String CPUS = "sys/devices/system/cpu/";

  /** Drivers that raise the frequency by themselves under the governor powersave. */
  private static final Set<String> DYNAMIC_DRIVERS = Set.of("intel_pstate", "amd-pstate-epp");

  /** Of periods; less is what any quota does at times. */
  private static final double MUCH_THROTTLING = 0.01;

  private static final double WHOLE = 1e-9;

  Section section() {
    return new Checklist("processor")
        .add("model", this::model)
        .add("instruction sets", this::instructionSets)
        .add("cores", this::cores)
        .add("cpuset", this::cpuset)
        .add("CPU quota", this::quota)
        .add("throttling", this::throttling)
        .add("governor", this::governor)
        .section();
  }

  private Machine machine() {
    return Machine.read(files.root());
  }

  private Processors processors() {
    return Processors.read(files.root(), java.processors());
  }

  private Finding model() {
    Machine machine = machine();
    String found = "%s (%s, %s)".formatted(machine.cpu(), machine.arch(), java.os());
    return machine.isX86() && java.os().equals("Linux")
        ? Finding.ok(found)
        : Finding.error(found, "the native library is for Linux on x86-64: run it there");
  }

  private Finding instructionSets() {
    Machine machine = machine();
    if (machine.cpuFlags().isEmpty()) {
      return Finding.ok("not known: /proc/cpuinfo does not say");
    }
    String found = String.join(" ", machine.instructionSets());
    return machine.hasCpuFlag("avx2")
        ? Finding.ok(found)
        : Finding.warning(
            found.isEmpty() ? "none beyond those of every x86-64" : found,
            "without AVX2 libtorch takes its slowest kernels: use another machine, or give the"
                + " virtual machine the host's CPU model");
  }

  private Finding cores() {
    Processors processors = processors();
    long all =
        files.lines("proc/cpuinfo").stream().filter(line -> line.startsWith("processor")).count();
    String found =
        "%d processor%s of %d core%s%s"
            .formatted(
                processors.logical(),
                processors.logical() == 1 ? "" : "s",
                processors.cores(),
                processors.cores() == 1 ? "" : "s",
                all > processors.logical() ? ", of the machine's %d".formatted(all) : "");
    return java.processors() > processors.logical()
        ? Finding.warning(
            found + "; Java counts " + java.processors(),
            "leave out -XX:ActiveProcessorCount and -XX:-UseContainerSupport, or set as many as"
                + " there are")
        : Finding.ok(found);
  }

  private Finding cpuset() {
    Optional<String> allowed = files.value("proc/self/status", "Cpus_allowed_list");
    String online = files.first(CPUS + "online").orElse("?");
    return Finding.ok(allowed.map(cpus -> "%s, of %s".formatted(cpus, online)).orElse("not known"));
  }

  private Finding quota() {
    Processors processors = processors();
    if (processors.quota().isEmpty()) {
      return Finding.ok("none");
    }
    double quota = processors.quota().getAsDouble();
    String found = "the time of %s processors".formatted(decimal(quota));
    if (quota < 1) {
      return Finding.warning(
          found, "even one thread is held back: give the container at least one processor");
    }
    if (quota < processors.logical() && Math.abs(quota - Math.rint(quota)) > WHOLE) {
      return Finding.warning(
          found,
          "give a whole number of processors, or run with --threads %d: one thread more is held back"
                  .formatted(processors.usableCores())
              + " for a part of its time, and the others wait for it");
    }
    return Finding.ok(found);
  }

  private Finding throttling() {
    Optional<Cgroup.Throttling> known = Cgroup.of(files.root()).throttling();
    if (known.isEmpty() || known.get().periods() == 0) {
      return Finding.ok("none");
    }
    Cgroup.Throttling throttling = known.get();
    String found =
        "in %d of %d periods (%s %%) since the group was made, %s s in all"
            .formatted(
                throttling.throttled(),
                throttling.periods(),
                decimal(100 * throttling.share()),
                decimal(throttling.time().toMillis() / 1e3));
    return throttling.share() > MUCH_THROTTLING
        ? Finding.warning(
            found,
            "use fewer threads (--threads %d), or raise the CPU quota"
                .formatted(processors().usableCores()))
        : Finding.ok(found);
  }

  /** Of the processors together: they have the same one, unless somebody set it for one. */
  private Finding governor() {
    Set<String> governors = new TreeSet<>();
    Set<String> drivers = new TreeSet<>();
    Set<String> preferences = new TreeSet<>();
    for (Path cpu : files.entries(CPUS)) {
      if (cpu.getFileName().toString().matches("cpu[0-9]+")) {
        String frequency = CPUS + cpu.getFileName() + "/cpufreq/";
        files.first(frequency + "scaling_governor").ifPresent(governors::add);
        files.first(frequency + "scaling_driver").ifPresent(drivers::add);
        files.first(frequency + "energy_performance_preference").ifPresent(preferences::add);
      }
    }
    if (governors.isEmpty()) {
      return Finding.ok("not visible, as in most virtual machines");
    }
    String found =
        String.join(", ", governors)
            + (drivers.isEmpty() ? "" : " (" + String.join(", ", drivers) + ")")
            + (preferences.isEmpty() ? "" : ", preference " + String.join(", ", preferences));
    boolean isSlow =
        preferences.contains("power")
            || (governors.contains("powersave") && !DYNAMIC_DRIVERS.containsAll(drivers))
            || (governors.contains("powersave") && drivers.isEmpty());
    if (isSlow) {
      return Finding.warning(
          found, "cpupower frequency-set -g performance: the processor keeps to a low frequency");
    }
    return governors.equals(Set.of("performance"))
        ? Finding.ok(found)
        : Finding.ok(found, "for steady figures: cpupower frequency-set -g performance");
  }

  private static String decimal(double number) {
    return Quantity.plain(Double.parseDouble(String.format(Locale.ROOT, "%.2f", number)));
  }
}
