package io.github.narthex.profile.run;

import io.github.narthex.DataPath;
import io.github.narthex.bench.Environment;
import io.github.narthex.bench.Latency;
import io.github.narthex.bench.ModelInfo;
import io.github.narthex.profile.Profile;
import io.github.narthex.profile.StageTimes;
import java.util.List;
import java.util.Optional;

/**
 * Where a model's time and memory go.
 *
 * @param environment the machine and the software
 * @param task what was asked for
 * @param model the model
 * @param inputs for people
 * @param notes what the recipe said when it was applied
 * @param iterations how many forwards there were, without the profiler and again with it
 * @param plain latencies of forwards without the profiler
 * @param profiled those with it
 * @param stages of requests, without the profiler
 * @param profile what the profiler recorded
 * @param memory what there was at the end, and what it took
 * @param forecast what a forward takes for tensors, inferred before; empty if it was not asked for
 * @param deviceSplit parts of calls on a device, without the profiler; empty if the recipe is for
 *     the CPU
 * @param utilisation of the processors, without the profiler
 * @param crossings how elements crossed between the JVM and libtorch, without the profiler
 * @param advice what follows from all that, by rules
 */
public record ProfileResult(
    Environment environment,
    ProfileTask task,
    ModelInfo model,
    List<String> inputs,
    List<String> notes,
    int iterations,
    Latency plain,
    Latency profiled,
    List<StageTimes.Share> stages,
    Profile profile,
    MemoryUse memory,
    Optional<MemoryForecast> forecast,
    Optional<DeviceSplit> deviceSplit,
    Utilisation utilisation,
    List<DataPath.Crossing> crossings,
    List<String> advice) {
  /** The lists are copied. */
  public ProfileResult {
    inputs = List.copyOf(inputs);
    notes = List.copyOf(notes);
    stages = List.copyOf(stages);
    crossings = List.copyOf(crossings);
    advice = List.copyOf(advice);
  }

  /** The same with advice. */
  ProfileResult with(List<String> rules) {
    return new ProfileResult(
        environment,
        task,
        model,
        inputs,
        notes,
        iterations,
        plain,
        profiled,
        stages,
        profile,
        memory,
        forecast,
        deviceSplit,
        utilisation,
        crossings,
        rules);
  }

  /** How a GPU was used; empty if nothing ran on one. */
  public Optional<DeviceUse> deviceUse() {
    return DeviceUse.of(profile);
  }

  /** How much slower forwards are with the profiler: 0.1 is 10 %. */
  public double overhead() {
    return profiled.p50Ms() / plain.p50Ms() - 1;
  }
}
