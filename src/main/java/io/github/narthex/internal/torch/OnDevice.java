package io.github.narthex.internal.torch;

import io.github.narthex.Device;
import io.github.narthex.GpuSwitch;
import io.github.narthex.internal.bindings.nx_run_options;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What of a call's options is for devices other than the CPU.
 *
 * @param stream what it works on; null for the default stream of the device
 * @param hostInputs the device that inputs on the host are copied to, and outputs back from; null
 *     leaves them
 * @param recorded whether a session records its first run, and replays it
 * @param switches of libtorch's that are on during calls
 */
public record OnDevice(
    @Nullable StreamId stream,
    @Nullable Device hostInputs,
    boolean recorded,
    Set<GpuSwitch> switches) {
  static final OnDevice STANDARD = new OnDevice(null, null, false, Set.of());

  /** The switches are copied. */
  public OnDevice {
    switches = Set.copyOf(switches);
  }

  /** Whether calls are only given to the device, which is one thread's work. */
  boolean isFedByOneThread() {
    return stream != null || hostInputs != null;
  }

  OnDevice with(@Nullable StreamId changed) {
    return new OnDevice(changed, hostInputs, recorded, switches);
  }

  OnDevice with(Device changed) {
    return new OnDevice(stream, changed, recorded, switches);
  }

  OnDevice recording() {
    return new OnDevice(stream, hostInputs, true, switches);
  }

  OnDevice with(Set<GpuSwitch> changed) {
    return new OnDevice(stream, hostInputs, recorded, changed);
  }

  void write(MemorySegment options, SegmentAllocator memory) {
    nx_run_options.switches(options, switches.stream().mapToInt(Codes::of).sum());
    if (hostInputs != null) {
      nx_run_options.device_type(options, Codes.of(hostInputs.type()));
      nx_run_options.device_index(options, hostInputs.index());
    }
    if (stream != null) {
      nx_run_options.stream(options, stream.write(memory));
    }
  }
}
