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

  private static final Pattern CUDNN =
      Pattern.compile("(?m)^\\s*- CuDNN ([\\d.]+)(?:\\s*\\(built against CUDA ([\\d.]+)\\))?");

  private static final Pattern CUDNN_OF_BUILD =
      Pattern.compile("(?m)^\\s*- Built with CuDNN ([\\d.]+)");

  /**
   * The cuDNN that is loaded.
   *
   * @param ofBuild the one that libtorch was built with; the same where it says nothing else
   * @param cuda the CUDA that it was built with; empty where that is libtorch's
   */
  record Cudnn(String version, String ofBuild, Optional<String> cuda) {}

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

  /** Its cuDNN; empty where there is none, or no GPU. */
  Optional<Cudnn> cudnn() {
    Matcher matcher = CUDNN.matcher(config == null ? "" : config);
    if (!matcher.find()) {
      return Optional.empty();
    }
    String version = matcher.group(1);
    Matcher build = CUDNN_OF_BUILD.matcher(config);
    return Optional.of(
        new Cudnn(
            version,
            build.find() ? build.group(1) : version,
            Optional.ofNullable(matcher.group(2))));
  }

  /** The CUDA that it has; libtorch without {@code libtorch_cuda.so} has none. */
  Optional<String> cudaRuntime() {
    Matcher matcher = CUDA_RUNTIME.matcher(config == null ? "" : config);
    return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
  }
}
