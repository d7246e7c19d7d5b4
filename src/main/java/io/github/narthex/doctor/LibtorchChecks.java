package io.github.narthex.doctor;

import io.github.narthex.internal.files.SystemFiles;
import io.github.narthex.strategy.Machine;
import io.github.narthex.strategy.Processors;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * What libtorch can do here, in its own words. What it was not asked for has no line.
 *
 * @param jvmProcessors how many the JVM counts
 */
record LibtorchChecks(SystemFiles files, LibtorchFacts libtorch, int jvmProcessors) {
  private static final Pattern COMPILER = Pattern.compile("(?m)^\\s*- ((?:GCC|clang|Clang) \\S+)");
  private static final Pattern ONEDNN =
      Pattern.compile("(?m)^\\s*- (?:Intel\\(R\\) MKL-DNN|oneDNN) (v\\S+)");
  private static final Pattern SETTING =
      Pattern.compile(
          "\\b((?:BLAS_INFO|LAPACK_INFO|BUILD_TYPE|CUDA_VERSION|USE_\\w+)=(?!OFF)[^,\\s]+)");
  private static final Pattern BACKEND = Pattern.compile("ATen parallel backend: (.+)");
  private static final Pattern THREADS = Pattern.compile("at::get_num_threads\\(\\) : (\\d+)");

  Section section() {
    Checklist checks = new Checklist("libtorch");
    String config = libtorch.config();
    if (config != null) {
      checks.add("build", () -> build(config));
      checks.add("oneDNN", () -> oneDnn(config));
    }
    String capability = libtorch.cpuCapability();
    if (capability != null) {
      checks.add("kernels", () -> kernels(capability));
    }
    String parallel = libtorch.parallel();
    if (parallel != null) {
      checks.add("threads", () -> threads(parallel));
    }
    List<String> engines = libtorch.quantizedEngines();
    if (engines != null) {
      checks.add("quantised engines", () -> engines(engines));
    }
    return checks.section();
  }

  private static Finding build(String config) {
    List<String> settings = new ArrayList<>();
    first(COMPILER, config).ifPresent(settings::add);
    SETTING.matcher(config).results().map(match -> match.group(1)).forEach(settings::add);
    String found = String.join(", ", settings);
    return settings.contains("BUILD_TYPE=Debug")
        ? Finding.warning(found, "use a libtorch that was built with optimisation (Release)")
        : Finding.ok(found);
  }

  private static Finding oneDnn(String config) {
    return first(ONEDNN, config)
        .map(Finding::ok)
        .orElseGet(
            () ->
                Finding.warning(
                    "none",
                    "onednn-graph and prepack can't work: use a libtorch that has it, such as the"
                        + " official wheel"));
  }

  private Finding kernels(String name) {
    Capability used = Capability.named(name);
    Capability there = Capability.of(Machine.read(files.root()));
    return used.compareTo(there) < 0
        ? Finding.warning(
            "%s, of a processor that has %s".formatted(name, there),
            "unset ATEN_CPU_CAPABILITY, or use a libtorch that was built with these kernels, such"
                + " as the official wheel")
        : Finding.ok(name);
  }

  /** libtorch sees affinity, and no quota. Models are given their number by Narthex. */
  private Finding threads(String parallel) {
    String backend = first(BACKEND, parallel).orElse("not known");
    Optional<String> threads = first(THREADS, parallel);
    String found =
        backend
            + threads
                .map(number -> ", %s for operators called one by one".formatted(number))
                .orElse("");
    int usable = Processors.read(files.root(), jvmProcessors).usableCores();
    int logical = Processors.read(files.root(), jvmProcessors).logical();
    boolean isTooMany = threads.isPresent() && Integer.parseInt(threads.get()) > logical;
    return isTooMany
        ? Finding.warning(
            found + "; this process may use %d processors".formatted(logical),
            "set OMP_NUM_THREADS=%d; models have their own number and are not affected"
                .formatted(usable))
        : Finding.ok(found);
  }

  private static Finding engines(List<String> engines) {
    List<String> real =
        engines.stream()
            .map(engine -> engine.toLowerCase(Locale.ROOT))
            .filter(engine -> !engine.equals("noqengine") && !engine.equals("none"))
            .toList();
    return real.isEmpty()
        ? Finding.warning("none", "int8 recipes can't work: use a libtorch with FBGEMM or oneDNN")
        : Finding.ok(String.join(", ", real));
  }

  private static Optional<String> first(Pattern pattern, String text) {
    return pattern.matcher(text).results().findFirst().map((MatchResult match) -> match.group(1));
  }
}
