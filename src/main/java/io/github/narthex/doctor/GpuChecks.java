package io.github.narthex.doctor;

import io.github.narthex.internal.files.SystemFiles;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * NVIDIA's GPUs, their driver, and whether libtorch can use them.
 *
 * @param libtorch null if it could not be loaded
 */
record GpuChecks(SystemFiles files, @Nullable LibtorchFacts libtorch) {
  private static final String DRIVER = "proc/driver/nvidia/";

  /** The driver's version stands at several places of the line, always with a dot. */
  private static final Pattern VERSION = Pattern.compile("\\s(\\d{3,})\\.\\d+(?:\\.\\d+)*\\s");

  /** The first driver for programs of a major version of CUDA. */
  private static final Map<Integer, Integer> FIRST_DRIVERS = Map.of(11, 450, 12, 525, 13, 580);

  Section section() {
    return new Checklist("GPU").add("GPU", this::gpu).add("CUDA", this::cuda).section();
  }

  private Optional<Matcher> driver() {
    String line = files.value(DRIVER + "version", "NVRM version").orElse("");
    Matcher version = VERSION.matcher(line + " ");
    return version.find() ? Optional.of(version) : Optional.empty();
  }

  private Finding gpu() {
    Map<String, Integer> models = new TreeMap<>();
    for (Path gpu : files.entries(DRIVER + "gpus")) {
      String model =
          files.value(DRIVER + "gpus/" + gpu.getFileName() + "/information", "Model").orElse("GPU");
      models.merge(model, 1, Integer::sum);
    }
    Optional<Matcher> driver = driver();
    if (driver.isEmpty()) {
      return Finding.ok("none (no driver of NVIDIA's is loaded)");
    }
    List<String> names =
        models.entrySet().stream().map(model -> model.getValue() + " x " + model.getKey()).toList();
    return Finding.ok(
        "%s, driver %s"
            .formatted(
                names.isEmpty() ? "none visible" : String.join(", ", names),
                driver.get().group().strip()));
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
    Optional<Matcher> driver = driver();
    Integer needed = FIRST_DRIVERS.get(major(cuda.get()));
    if (driver.isEmpty() || needed == null) {
      return Finding.ok(found);
    }
    return Integer.parseInt(driver.get().group(1)) < needed
        ? Finding.warning(
            found + ", for which the driver is too old",
            "install driver %d or later, or a libtorch for an earlier CUDA".formatted(needed))
        : Finding.ok(found);
  }

  private static int major(String version) {
    return Integer.parseInt(version.substring(0, version.indexOf('.')));
  }
}
