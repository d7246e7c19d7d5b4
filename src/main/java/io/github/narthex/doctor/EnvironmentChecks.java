package io.github.narthex.doctor;

import io.github.narthex.internal.files.SystemFiles;
import io.github.narthex.strategy.Machine;
import io.github.narthex.strategy.Processors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Environment variables that change what libtorch and its libraries do.
 *
 * @param variables all that there are
 */
record EnvironmentChecks(SystemFiles files, Map<String, String> variables, int jvmProcessors) {
  private static final Pattern NAMES =
      Pattern.compile(
          "(OMP|GOMP|KMP|MKL|DNNL|ONEDNN|ATEN|TORCH|PYTORCH)_.*|THP_MEM_ALLOC_ENABLE"
              + "|LD_PRELOAD|LD_LIBRARY_PATH");

  private static final Set<String> NO_LIMIT = Set.of("", "ALL", "DEFAULT");
  private static final Set<String> OFF = Set.of("", "0", "NONE", "OFF", "FALSE");

  Section section() {
    Checklist checks = new Checklist("environment");
    Map<String, String> relevant = new TreeMap<>(variables);
    relevant.keySet().removeIf(name -> !NAMES.matcher(name).matches());
    if (relevant.isEmpty()) {
      checks.add(
          "variables", () -> Finding.ok("none of OMP_*, MKL_*, DNNL_*, ATEN_*, LD_* is set"));
    }
    relevant.forEach((name, value) -> checks.add(name, () -> finding(name, value)));
    return checks.section();
  }

  private Finding finding(String name, String value) {
    return switch (name) {
      case "ATEN_CPU_CAPABILITY" -> capability(value);
      case "DNNL_MAX_CPU_ISA", "ONEDNN_MAX_CPU_ISA" ->
          warnIf(
              !NO_LIMIT.contains(upper(value)),
              value,
              "unset it: oneDNN leaves out kernels that this processor may have");
      case "DNNL_DEFAULT_FPMATH_MODE", "ONEDNN_DEFAULT_FPMATH_MODE" ->
          warnIf(
              !Set.of("", "STRICT").contains(upper(value)),
              value,
              "unset it and choose a recipe such as bf16-mixed: float32 is computed with fewer bits"
                  + " wherever oneDNN is used");
      case "DNNL_VERBOSE", "ONEDNN_VERBOSE", "MKL_VERBOSE" ->
          warnIf(
              !OFF.contains(upper(value)),
              value,
              "unset it: a line is written to standard output for each call");
      case "DNNL_PRIMITIVE_CACHE_CAPACITY", "ONEDNN_PRIMITIVE_CACHE_CAPACITY" ->
          warnIf(value.equals("0"), value, "unset it: oneDNN makes its kernels anew at each call");
      case "OMP_NUM_THREADS", "MKL_NUM_THREADS" -> threads(value);
      case "OMP_PROC_BIND", "OMP_PLACES", "GOMP_CPU_AFFINITY", "KMP_AFFINITY" ->
          warnIf(
              !OFF.contains(upper(value)),
              value,
              "unset it: threads are pinned to processors, and two processes, or two callers, to"
                  + " the same ones");
      case "KMP_DUPLICATE_LIB_OK" ->
          warnIf(
              !OFF.contains(upper(value)),
              value,
              "unset it and remove one of the two OpenMP runtimes, which it only hides");
      case "MKL_ENABLE_INSTRUCTIONS" ->
          warnIf(!value.isEmpty(), value, "unset it: MKL leaves out faster kernels");
      case "MKL_CBWR" ->
          warnIf(
              !Set.of("", "AUTO", "OFF").contains(upper(value)),
              value,
              "unset it unless answers must be the same on all processors: MKL is slower with it");
      case "LD_PRELOAD" -> preload(value);
      case "LD_LIBRARY_PATH" -> libraryPath(value);
      default -> Finding.ok(value);
    };
  }

  private static Finding warnIf(boolean isWrong, String value, String advice) {
    return isWrong ? Finding.warning(value, advice) : Finding.ok(value);
  }

  private static String upper(String value) {
    return value.strip().toUpperCase(Locale.ROOT);
  }

  private Finding capability(String value) {
    Capability asked = Capability.named(value);
    if (asked == Capability.UNKNOWN) {
      return Finding.warning(
          value, "unset it: libtorch does not know this value; it takes avx512, avx2 and default");
    }
    Capability there = Capability.of(Machine.read(files.root()));
    return warnIf(
        asked.compareTo(there) < 0,
        value,
        "unset it: this processor has %s, and libtorch's kernels leave it unused".formatted(there));
  }

  /** Models have their own number of threads; what is called outside of them takes this one. */
  private Finding threads(String value) {
    int available = Processors.read(files.root(), jvmProcessors).logical();
    if (!value.strip().matches("[1-9][0-9]{0,5}(,[0-9,]*)?")) {
      return Finding.warning(value, "set a whole number from 1 to %d".formatted(available));
    }
    int threads = Integer.parseInt(value.strip().split(",", -1)[0]);
    return warnIf(
        threads > available,
        value,
        "set at most %d, the processors that there are, or unset it".formatted(available));
  }

  private Finding preload(String value) {
    List<String> missing = new ArrayList<>();
    for (String library : value.strip().split("[\\s:]+", -1)) {
      if (library.startsWith("/") && !Files.exists(below(library))) {
        missing.add(library);
      }
    }
    return warnIf(
        !missing.isEmpty(), value, "remove %s: no such file".formatted(String.join(", ", missing)));
  }

  /** The dynamic linker looks there before it looks where the native library says. */
  private Finding libraryPath(String value) {
    for (String directory : value.split(":", -1)) {
      if (directory.startsWith("/") && Files.exists(below(directory).resolve("libtorch_cpu.so"))) {
        return Finding.ok(
            value,
            "the libtorch in %s goes before the one that the native library was built with, and has"
                    .formatted(directory)
                + " to be of the same version");
      }
    }
    return Finding.ok(value);
  }

  private Path below(String absolute) {
    return files.root().resolve(absolute.replaceFirst("^/+", ""));
  }
}
