package io.github.narthex.profile.run;

import io.github.narthex.Device;
import io.github.narthex.DeviceMemory;
import io.github.narthex.Devices;
import io.github.narthex.Model;
import io.github.narthex.Session;
import io.github.narthex.Stream;
import io.github.narthex.Tensor;
import io.github.narthex.UnsupportedException;
import io.github.narthex.Value;
import io.github.narthex.bench.Latency;
import io.github.narthex.bench.Progress;
import io.github.narthex.gpu.EnergyMeter;
import io.github.narthex.profile.DevicePart;
import io.github.narthex.profile.DeviceTimes;
import io.github.narthex.strategy.Recipe;
import io.github.narthex.strategy.Strategy;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Times calls of a model on a device, part by part. */
final class DeviceSplitRun {
  private static final int FEWEST = 5;

  /** Enough for some seconds of short calls, so that their energy can be told. */
  private static final int MOST = 100_000;

  private static final double TIME_MS = 2_000;
  private static final int WARM_UP = 10;

  /** Calls of which the copies are made again, from and to memory that is not pinned. */
  private static final int MOST_PAGEABLE = 50;

  /**
   * A copy that each call makes.
   *
   * @param index of the session's output, if it is one
   * @param device what is on the device; of an output, what it was in the first run
   */
  private record Copy(int index, Tensor pinned, Tensor pageable, Tensor device) {}

  private final Arena arena;
  private final Device device;
  private final Stream stream;
  private final Session session;
  private final List<Copy> inputs = new ArrayList<>();
  private final List<Copy> outputs = new ArrayList<>();

  private DeviceSplitRun(Arena arena, Model model, Recipe recipe, Map<String, Value> values) {
    this.arena = arena;
    device = recipe.device();
    // What is recorded has a stream of its own; other calls run on the default one.
    boolean isRecorded = recipe.has(Strategy.CUDAGRAPHS);
    stream = isRecorded ? Stream.of(device) : Stream.defaultOf(device);
    Map<String, Value> there = new LinkedHashMap<>();
    values.forEach((name, value) -> there.put(name, value.withTensors(this::onDevice)));
    session =
        Session.open(
            arena, isRecorded ? model.withStream(stream) : model, "forward", List.of(), there);
    session.run();
    for (int i = 0; i < session.outputCount(); i++) {
      Tensor output = session.output(i);
      if (output.device().equals(device) && output.byteSize() > 0) {
        outputs.add(new Copy(i, pinned(output), pageable(output), output));
      }
    }
  }

  /**
   * Measures.
   *
   * @param model with the recipe applied, on its device
   * @param values of the inputs, in host memory
   * @param iterations how many calls; 0 for as many as fit into two seconds
   */
  static DeviceSplit measure(
      Model model, Recipe recipe, Map<String, Value> values, int iterations, Progress progress) {
    try (Arena arena = Arena.ofConfined()) {
      return new DeviceSplitRun(arena, model, recipe, values).measure(iterations, progress);
    }
  }

  private Tensor onDevice(Tensor tensor) {
    Tensor there = tensor.to(device);
    if (tensor.byteSize() > 0) {
      Copy copy = new Copy(-1, pinned(tensor), pageable(tensor), there);
      tensor.copyTo(copy.pinned.segment());
      tensor.copyTo(copy.pageable.segment());
      inputs.add(copy);
    }
    return there;
  }

  private Tensor pinned(Tensor like) {
    return Tensor.of(
        arena,
        Devices.allocatePinned(arena, device.type(), like.byteSize()),
        like.dtype(),
        like.shape());
  }

  private Tensor pageable(Tensor like) {
    return Tensor.of(arena, arena.allocate(like.byteSize(), 64), like.dtype(), like.shape());
  }

  private DeviceSplit measure(int iterations, Progress progress) {
    DeviceTimes times = DeviceTimes.on(arena, stream);
    call(times, WARM_UP, progress);
    int calls =
        iterations > 0
            ? iterations
            : (int)
                Math.clamp(
                    TIME_MS / Math.max(1e-3, times.percentileMs(DevicePart.WHOLE, 0.5)),
                    FEWEST,
                    MOST);
    times.clear();
    boolean countsMemory = resetPeaks();
    EnergyMeter.Energy energy;
    try (EnergyMeter meter = EnergyMeter.start(device)) {
      call(times, calls, progress);
      energy = meter.stop();
    }
    DeviceTimes pageable = DeviceTimes.on(arena, stream);
    for (int i = 0; i < Math.min(calls, MOST_PAGEABLE); i++) {
      pageable.call(
          () -> inputs.forEach(copy -> stream.copy(copy.pageable, copy.device)),
          () -> {},
          () -> outputs.forEach(copy -> stream.copy(session.output(copy.index), copy.pageable)));
    }
    Map<DevicePart, Latency> parts = new EnumMap<>(DevicePart.class);
    for (DevicePart part : DevicePart.values()) {
      parts.put(part, Latency.of(times.nanos(part)));
    }
    return new DeviceSplit(
        device,
        calls,
        session.isRecorded(),
        parts,
        bytes(inputs),
        bytes(outputs),
        Latency.of(pageable.nanos(DevicePart.COPY_IN)),
        Latency.of(pageable.nanos(DevicePart.COPY_OUT)),
        energy,
        countsMemory ? Optional.of(DeviceMemory.of(device)) : Optional.empty());
  }

  /** Whether libtorch counts the device's memory. */
  private boolean resetPeaks() {
    try {
      DeviceMemory.resetPeaks(device);
      return true;
    } catch (UnsupportedException e) {
      return false;
    }
  }

  private void call(DeviceTimes times, int calls, Progress progress) {
    for (int i = 0; i < calls; i++) {
      progress.update("on " + device, (double) i / calls);
      times.call(
          () -> inputs.forEach(copy -> stream.copy(copy.pinned, copy.device)),
          session::run,
          () -> outputs.forEach(copy -> stream.copy(session.output(copy.index), copy.pinned)));
    }
  }

  private static long bytes(List<Copy> copies) {
    return copies.stream().mapToLong(copy -> copy.pinned.byteSize()).sum();
  }
}
