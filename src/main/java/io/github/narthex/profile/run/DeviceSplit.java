package io.github.narthex.profile.run;

import io.github.narthex.Device;
import io.github.narthex.DeviceMemory;
import io.github.narthex.bench.Latency;
import io.github.narthex.gpu.EnergyMeter;
import io.github.narthex.profile.DevicePart;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Where the time of calls on a device goes. Inputs are copied there from pinned memory and outputs
 * back to such memory.
 *
 * @param device where the model is
 * @param calls how many were timed
 * @param isRecorded whether they replay a recorded run
 * @param parts of a call
 * @param inputBytes that each call copies to the device
 * @param outputBytes that each call copies back
 * @param pageableIn the copies of the inputs from memory that is not pinned
 * @param pageableOut the copies of the outputs to such memory
 * @param energy of the device during the timed calls
 * @param memory of the device that libtorch has after them; the peaks are theirs; empty where
 *     libtorch does not count it
 */
public record DeviceSplit(
    Device device,
    int calls,
    boolean isRecorded,
    Map<DevicePart, Latency> parts,
    long inputBytes,
    long outputBytes,
    Latency pageableIn,
    Latency pageableOut,
    EnergyMeter.Energy energy,
    Optional<DeviceMemory> memory) {
  /** Devices count their energy, or tell their power, at intervals; the longest are as long. */
  private static final double SHORTEST_SECONDS = 1;

  /** The map is copied. */
  public DeviceSplit {
    parts = Map.copyOf(parts);
  }

  /** The times of a part. */
  public Latency of(DevicePart part) {
    Latency latency = parts.get(part);
    if (latency == null) {
      throw new IllegalStateException("no times of " + part);
    }
    return latency;
  }

  /** What a part's median is of the median of whole calls. */
  public double share(DevicePart part) {
    return of(part).p50Ms() / of(DevicePart.WHOLE).p50Ms();
  }

  /** The energy of the device for each call; empty if it is not known. */
  public OptionalDouble joulesOfEach() {
    return whyNoEnergy().isPresent() ? OptionalDouble.empty() : energy.joulesOfEach(calls);
  }

  /** Why there is no energy; empty if it is known. */
  public Optional<String> whyNoEnergy() {
    return energy.joules().isPresent() && energy.seconds() < SHORTEST_SECONDS
        ? Optional.of("the calls took less than a second, too short for a GPU's counters")
        : energy.unknown();
  }
}
