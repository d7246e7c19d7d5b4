package io.github.narthex.doctor;

import io.github.narthex.LibtorchInfo;
import io.github.narthex.Version;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What libtorch says of itself. What it was not asked for is null.
 *
 * @param version such as {@code 2.15.0}
 * @param config how it was built, many lines
 * @param parallel the threads that it uses, many lines
 * @param cpuCapability what its kernels are chosen by, such as {@code AVX512}
 * @param quantizedEngines its engines for quantised operators
 */
record LibtorchFacts(
    String version,
    @Nullable String config,
    @Nullable String parallel,
    @Nullable String cpuCapability,
    @Nullable List<String> quantizedEngines) {
  private static final Pattern CUDA_RUNTIME =
      Pattern.compile("(?m)^\\s*- CUDA Runtime (\\d+\\.\\d+)");

  /** The list is copied. */
  LibtorchFacts {
    quantizedEngines = quantizedEngines == null ? null : List.copyOf(quantizedEngines);
  }

  /**
   * Asks the libtorch of this process.
   *
   * @throws io.github.narthex.NativeLibraryException if it can't be loaded
   */
  static LibtorchFacts read() {
    LibtorchInfo info = LibtorchInfo.read();
    return new LibtorchFacts(
        Version.libtorch(),
        info.build(),
        info.threads(),
        info.cpuCapability(),
        info.quantizedEngines());
  }

  /** Nothing but its version. */
  static LibtorchFacts ofVersion(String version) {
    return new LibtorchFacts(version, null, null, null, null);
  }

  /** The CUDA that it has; libtorch without {@code libtorch_cuda.so} has none. */
  Optional<String> cudaRuntime() {
    Matcher matcher = CUDA_RUNTIME.matcher(config == null ? "" : config);
    return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
  }
}
