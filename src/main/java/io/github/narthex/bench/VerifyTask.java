package io.github.narthex.bench;

import io.github.narthex.Device;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Two models whose answers should agree.
 *
 * @param reference whose answers are taken for right: a file, a bundle or a built-in
 * @param candidate what is to take its place
 * @param packageOptions how those of them are loaded that are packages
 * @param inputs specifications; empty for what the models say that they take
 * @param data a directory of samples to compare answers over; null for inputs that are made up
 * @param count how many inputs are made up
 * @param maxError the largest error that still agrees, over the largest value of the reference
 * @param device where the candidate runs; the reference runs on the CPU, or where it was compiled
 *     for
 * @param threads intra-op threads
 * @param seed of random weights and inputs
 */
public record VerifyTask(
    String reference,
    String candidate,
    PackageOptions packageOptions,
    List<String> inputs,
    @Nullable String data,
    int count,
    double maxError,
    Device device,
    int threads,
    long seed) {
  /** The list is copied. */
  public VerifyTask {
    inputs = List.copyOf(inputs);
  }
}
