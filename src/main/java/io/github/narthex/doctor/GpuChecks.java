package io.github.narthex.doctor;

import io.github.narthex.gpu.ClockLimit;
import io.github.narthex.gpu.GpuStatus;
import io.github.narthex.gpu.Gpus;
import io.github.narthex.gpu.Gpus.Unavailable;
import io.github.narthex.internal.files.SystemFiles;
import io.github.narthex.internal.text.Bytes;
import java.lang.module.ModuleDescriptor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * NVIDIA's GPUs, their driver, and whether libtorch can use them: by NVML, or, where that says
 * nothing, by the driver's files.
 *
 * @param libtorch null if it could not be loaded
 */
record GpuChecks(SystemFiles files, Gpus gpus, @Nullable LibtorchFacts libtorch) {
  private static final String DRIVER = "proc/driver/nvidia/";

  /** The driver's version stands at several places of the line, always with a dot. */
  private static final Pattern VERSION = Pattern.compile("\\s(\\d{3,})\\.\\d+(?:\\.\\d+)*\\s");

  /** The first driver for programs of a major version of CUDA. */
  private static final Map<Integer, Integer> FIRST_DRIVERS = Map.of(11, 450, 12, 525, 13, 580);

  Section section() {
    Checklist checks = new Checklist("GPU").add("GPU", this::gpu);
    if (gpus.gpus().stream().anyMatch(gpu -> gpu.clockLimits().isPresent())) {
      checks.add("clocks", this::clocks);
    }
    if (gpus.gpus().stream().anyMatch(gpu -> gpu.uncorrectedErrors().isPresent())) {
      checks.add("memory errors", this::memoryErrors);
    }
    checks.add("CUDA", this::cuda);
    if (libtorch != null) {
      Optional<String> cuda = libtorch.cudaRuntime();
      libtorch.cudnn().ifPresent(found -> checks.add("cuDNN", () -> cudnn(found, cuda)));
    }
    return checks.section();
  }

  private Finding gpu() {
    if (gpus.unavailable().isPresent()) {
      return gpuByFiles(gpus.unavailable().get());
    }
    String found =
        count(gpus.gpus().stream().map(GpuChecks::words).toList())
            + gpus.driverVersion().map(version -> ", driver " + version).orElse("")
            + gpus.cudaVersion().map(version -> " (CUDA " + version + ")").orElse("");
    return gpus.unreadable().isEmpty()
        ? Finding.ok(found)
        : Finding.warning(
            found + "; not readable: " + String.join(", ", gpus.unreadable()),
            "see what nvidia-smi and the kernel's log (dmesg) say of it; a GPU that is lost comes"
                + " back when the machine starts anew");
  }

  private static String words(GpuStatus gpu) {
    List<String> facts = new ArrayList<>();
    gpu.computeCapability().ifPresent(version -> facts.add("compute capability " + version));
    gpu.memory().totalBytes().ifPresent(bytes -> facts.add(Bytes.text(bytes)));
    gpu.ecc().ifPresent(on -> facts.add(on ? "ECC" : "no ECC"));
    gpu.mig().filter(on -> on).ifPresent(on -> facts.add("divided by MIG"));
    String name = gpu.name().orElse("GPU");
    return facts.isEmpty() ? name : "%s (%s)".formatted(name, String.join(", ", facts));
  }

  /** Such as {@code 2 x NVIDIA H200}. */
  private static String count(Collection<String> models) {
    Map<String, Integer> counts = new TreeMap<>();
    models.forEach(model -> counts.merge(model, 1, Integer::sum));
    return counts.isEmpty()
        ? "none visible"
        : counts.entrySet().stream()
            .map(model -> model.getValue() + " x " + model.getKey())
            .collect(Collectors.joining(", "));
  }

  private Finding gpuByFiles(Unavailable nvml) {
    Optional<Matcher> driver = driver();
    if (driver.isEmpty()) {
      return nvml.cause() == Unavailable.Cause.FAILED
          ? Finding.ok("none (%s)".formatted(nvml.reason()))
          : Finding.ok("none (no driver of NVIDIA's is loaded)");
    }
    List<String> models = new ArrayList<>();
    for (Path gpu : files.entries(DRIVER + "gpus")) {
      models.add(
          files
              .value(DRIVER + "gpus/" + gpu.getFileName() + "/information", "Model")
              .orElse("GPU"));
    }
    String found = count(models) + ", driver " + driver.get().group().strip();
    return switch (nvml.cause()) {
      case FAILED ->
          Finding.warning(
              found + "; " + nvml.reason(),
              "if library and driver are of different versions, start the machine anew after the"
                  + " driver was changed, or give the container the libraries of the machine's"
                  + " driver");
      case NOT_FOUND ->
          Finding.ok(
              found,
              nvml.reason() + ". A container has it with the driver's capability \"utility\"");
      case FOREIGN -> Finding.ok(found, nvml.reason());
      case NO_ACCESS -> Finding.ok(found);
    };
  }

  private Optional<Matcher> driver() {
    String line = files.value(DRIVER + "version", "NVRM version").orElse("");
    Matcher version = VERSION.matcher(line + " ");
    return version.find() ? Optional.of(version) : Optional.empty();
  }

  private Finding clocks() {
    List<String> limits = new ArrayList<>();
    for (GpuStatus gpu : gpus.gpus()) {
      List<ClockLimit> reasons = new ArrayList<>(gpu.clockLimits().orElse(List.of()));
      reasons.remove(ClockLimit.IDLE);
      if (!reasons.isEmpty()) {
        limits.add(
            "GPU %d is held back: %s"
                .formatted(
                    gpu.index(),
                    reasons.stream().map(ClockLimit::toString).collect(Collectors.joining(", "))));
      }
    }
    return limits.isEmpty()
        ? Finding.ok("nothing holds them back")
        : Finding.warning(
            String.join("\n", limits),
            "see nvidia-smi -q -d PERFORMANCE,TEMPERATURE,POWER: cooling, the power limit"
                + " (nvidia-smi -pl), clocks that were set (nvidia-smi -rac, -rgc)");
  }

  private Finding memoryErrors() {
    List<String> errors = new ArrayList<>();
    for (GpuStatus gpu : gpus.gpus()) {
      if (gpu.uncorrectedErrors().orElse(0) > 0) {
        errors.add(
            "GPU %d has had %d that could not be corrected"
                .formatted(gpu.index(), gpu.uncorrectedErrors().getAsLong()));
      }
    }
    return errors.isEmpty()
        ? Finding.ok("none that could not be corrected since the driver was loaded")
        : Finding.warning(
            String.join("\n", errors),
            "reset the GPU or start the machine anew; if they come back, have the GPU replaced");
  }

  private Finding cuda() {
    if (libtorch == null) {
      return Finding.ok("not known: libtorch is not loaded");
    }
    Optional<String> cuda = libtorch.cudaRuntime();
    if (libtorch.config() == null) {
      return Finding.ok("not known: libtorch does not say");
    }
    if (cuda.isEmpty()) {
      return Finding.ok("libtorch runs without it: models run on the CPU");
    }
    String found = "libtorch has CUDA " + cuda.get();
    int needed = major(cuda.get());
    return isTooOldFor(needed)
        ? Finding.warning(
            found + ", for which the driver is too old",
            "install %s, or a libtorch for an earlier CUDA".formatted(driverFor(needed)))
        : Finding.ok(found);
  }

  /** What is loaded must be of the major version that libtorch was built with, and not older. */
  private static Finding cudnn(LibtorchFacts.Cudnn cudnn, Optional<String> cuda) {
    String found = "cuDNN " + cudnn.version();
    String fix = "have the cuDNN of libtorch's own wheel found first: see LD_LIBRARY_PATH";
    Optional<String> other =
        cudnn.cuda().filter(its -> !cuda.map(own -> isSameMajor(own, its)).orElse(true));
    if (other.isPresent()) {
      return Finding.warning(
          "%s was built for CUDA %s, libtorch for %s"
              .formatted(found, other.get(), cuda.orElseThrow()),
          fix);
    }
    boolean isFit =
        isSameMajor(cudnn.version(), cudnn.ofBuild())
            && ModuleDescriptor.Version.parse(cudnn.version())
                    .compareTo(ModuleDescriptor.Version.parse(cudnn.ofBuild()))
                >= 0;
    return isFit
        ? Finding.ok(found)
        : Finding.warning(
            "%s, and libtorch was built with %s".formatted(found, cudnn.ofBuild()), fix);
  }

  private static boolean isSameMajor(String one, String other) {
    return major(one + ".") == major(other + ".");
  }

  /** A driver runs programs of every CUDA up to its own, and of its own major version. */
  private boolean isTooOldFor(int cuda) {
    if (gpus.cudaVersion().isPresent()) {
      return major(gpus.cudaVersion().get()) < cuda;
    }
    Optional<Matcher> driver = driver();
    Integer first = FIRST_DRIVERS.get(cuda);
    return driver.isPresent() && first != null && Integer.parseInt(driver.get().group(1)) < first;
  }

  private static String driverFor(int cuda) {
    Integer first = FIRST_DRIVERS.get(cuda);
    return first == null ? "a driver that has CUDA " + cuda : "driver %d or later".formatted(first);
  }

  private static int major(String version) {
    return Integer.parseInt(version.substring(0, version.indexOf('.')));
  }
}
