package io.github.narthex.profile.run;

import io.github.narthex.bench.PackageOptions;
import io.github.narthex.profile.Profiler;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What of a model to profile, and how.
 *
 * @param model a file, a bundle or a built-in
 * @param packageOptions how it is loaded, if it is a package
 * @param inputs specifications; empty for what the model takes by itself
 * @param data a directory of samples, which calls take in turn; null without one
 * @param recipe in canonical text
 * @param threads intra-op threads
 * @param iterations forwards, first without the profiler and then with it; 0 for as many as fit
 *     into two seconds
 * @param warmup forwards before them
 * @param options what the profiler records
 * @param nvtx whether operators and stages are NVTX ranges too
 * @param seed of random weights and inputs
 */
public record ProfileTask(
    String model,
    PackageOptions packageOptions,
    List<String> inputs,
    @Nullable String data,
    String recipe,
    int threads,
    int iterations,
    int warmup,
    Profiler.Options options,
    boolean nvtx,
    long seed) {
  /** The list is copied. */
  public ProfileTask {
    inputs = List.copyOf(inputs);
  }
}
