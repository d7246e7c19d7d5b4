package io.github.narthex.optimize;

import io.github.narthex.Device;
import io.github.narthex.strategy.Threads;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is to be optimised, and for what.
 *
 * @param model a TorchScript file, or a built-in's name
 * @param inputs specifications of the model's inputs in their order; empty to guess them
 * @param data a directory of samples that answers are compared over; null to make inputs up
 * @param maxError the largest error that holds, as a fraction of the largest value
 * @param minAgreement the smallest share of samples with the same largest output; null to leave it
 * @param threads the only ways to use threads that may be tried; empty to choose
 * @param devices where recipes run, each once; the baseline runs on the CPU
 * @param batches the only batches that may be tried; empty to choose
 * @param budget the time for everything
 * @param seed of weights, inputs and statistics
 */
public record OptimizeTask(
    String model,
    List<String> inputs,
    @Nullable String data,
    Goal goal,
    Limits limits,
    double maxError,
    @Nullable Double minAgreement,
    List<Threads> threads,
    List<Device> devices,
    List<Long> batches,
    Duration budget,
    long seed) {
  /** The lists are copied. */
  public OptimizeTask {
    inputs = List.copyOf(inputs);
    threads = List.copyOf(threads);
    devices = List.copyOf(devices);
    batches = List.copyOf(batches);
  }
}
