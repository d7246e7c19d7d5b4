package io.github.narthex.internal.torch;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.narthex.DType;
import io.github.narthex.Device;
import io.github.narthex.internal.bindings.Narthex;
import io.github.narthex.internal.bindings.nx_stream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** The shim's calls about devices and streams. */
public final class DeviceCalls {
  private DeviceCalls() {}

  /** What a device is. */
  public record Description(long freeBytes, long totalBytes, List<DType> dtypes) {}

  /** What to set back of a device's memory statistics. */
  public enum Reset {
    PEAKS,
    TOTALS,
    CACHE;

    private int code() {
      return switch (this) {
        case PEAKS -> Narthex.NX_RESET_PEAKS();
        case TOTALS -> Narthex.NX_RESET_TOTALS();
        case CACHE -> Narthex.NX_RESET_CACHE();
      };
    }
  }

  /** Loads a library that brings operators or devices. */
  public static void loadLibrary(Path path) {
    NativeLibrary.require();
    try (Scratch call = Scratch.open()) {
      Errors.check(Narthex.nx_library_load(call.allocateFrom(path.toString())));
    }
  }

  /** How many devices of a type there are. */
  public static int count(Device.Type type) {
    NativeLibrary.require();
    try (Scratch call = Scratch.open()) {
      MemorySegment out = call.allocate(JAVA_LONG);
      Errors.check(Narthex.nx_device_count(Codes.of(type), out));
      return Math.toIntExact(out.get(JAVA_LONG, 0));
    }
  }

  public static Description describe(Device device) {
    NativeLibrary.require();
    try (CallFrame frame = new CallFrame(0, 1)) {
      Errors.check(
          Narthex.nx_device_describe(Codes.of(device.type()), device.index(), frame.results()));
      ValueReader found = frame.result(0);
      List<DType> dtypes = new ArrayList<>();
      for (int i = 0; i < found.item(2).length(); i++) {
        dtypes.add(Codes.dtype((int) found.item(2).item(i).integer()));
      }
      return new Description(found.item(0).integer(), found.item(1).integer(), dtypes);
    }
  }

  /** Waits for all work of a device. */
  public static void synchronize(Device device) {
    NativeLibrary.require();
    Errors.check(Narthex.nx_device_synchronize(Codes.of(device.type()), device.index()));
  }

  /** The index of the calling thread's current device of a type. */
  public static int current(Device.Type type) {
    return exchange(type, -1);
  }

  /** Makes a device the calling thread's current one of its type; returns the one before. */
  public static Device exchange(Device device) {
    return new Device(device.type(), exchange(device.type(), device.index()));
  }

  private static int exchange(Device.Type type, int index) {
    NativeLibrary.require();
    try (Scratch call = Scratch.open()) {
      MemorySegment before = call.allocate(JAVA_INT);
      Errors.check(Narthex.nx_device_exchange(Codes.of(type), index, before));
      return before.get(JAVA_INT, 0);
    }
  }

  /** What the caching allocator counts. */
  public static SequencedMap<String, Long> memory(Device device) {
    NativeLibrary.require();
    try (CallFrame frame = new CallFrame(0, 1)) {
      Errors.check(
          Narthex.nx_device_memory(Codes.of(device.type()), device.index(), frame.results()));
      ValueReader dict = frame.result(0);
      SequencedMap<String, Long> counts = new LinkedHashMap<>();
      for (int i = 0; i < dict.length(); i++) {
        counts.put(dict.item(2 * i).string(), dict.item(2 * i + 1).integer());
      }
      return counts;
    }
  }

  public static void reset(Device device, Reset what) {
    NativeLibrary.require();
    Errors.check(
        Narthex.nx_device_reset_memory(Codes.of(device.type()), device.index(), what.code()));
  }

  /** The fraction of a device's memory that the allocator may take. */
  public static double memoryFraction(Device device) {
    NativeLibrary.require();
    try (Scratch call = Scratch.open()) {
      MemorySegment out = call.allocate(JAVA_DOUBLE);
      Errors.check(Narthex.nx_device_memory_fraction(Codes.of(device.type()), device.index(), out));
      return out.get(JAVA_DOUBLE, 0);
    }
  }

  public static void setMemoryFraction(Device device, double fraction) {
    NativeLibrary.require();
    Errors.check(
        Narthex.nx_device_set_memory_fraction(Codes.of(device.type()), device.index(), fraction));
  }

  /** Keeps the last allocations of all devices of a type; none ends it. */
  public static void recordHistory(Device.Type type, long entries) {
    NativeLibrary.require();
    Errors.check(Narthex.nx_device_record_history(Codes.of(type), entries));
  }

  /** A pickle for PyTorch's memory viewer. */
  public static byte[] snapshot(Device.Type type) {
    NativeLibrary.require();
    try (CallFrame frame = new CallFrame(0, 1)) {
      Errors.check(Narthex.nx_device_snapshot(Codes.of(type), frame.results()));
      return frame.result(0).bytes();
    }
  }

  /** Where one is written when memory next runs out; null for nowhere. */
  public static void snapshotWhenFull(Device.Type type, @Nullable Path file) {
    NativeLibrary.require();
    try (Scratch call = Scratch.open()) {
      Errors.check(
          Narthex.nx_device_snapshot_when_full(
              Codes.of(type),
              file == null ? MemorySegment.NULL : call.allocateFrom(file.toString())));
    }
  }

  /** Host memory that a type of device copies from and to by itself; it ends with the arena. */
  public static MemorySegment pinned(Arena arena, Device.Type type, long byteSize) {
    Arenas.requireOpen(arena);
    NativeLibrary.require();
    try (Scratch call = Scratch.open()) {
      MemorySegment data = call.allocate(JAVA_LONG);
      MemorySegment out = call.allocate(ADDRESS);
      Errors.check(Narthex.nx_pinned_new(Codes.of(type), byteSize, data, out));
      MemorySegment pinned = out.get(ADDRESS, 0);
      try {
        return MemorySegment.ofAddress(data.get(JAVA_LONG, 0))
            .reinterpret(byteSize, arena, memory -> Narthex.nx_pinned_free(pinned));
      } catch (RuntimeException e) {
        Narthex.nx_pinned_free(pinned);
        throw e;
      }
    }
  }

  /** A stream: the default one, or the next of the pool. */
  public static StreamId stream(Device device, boolean isDefault, boolean isHighPriority) {
    NativeLibrary.require();
    int kind = isHighPriority ? Narthex.NX_STREAM_HIGH_PRIORITY() : Narthex.NX_STREAM_NORMAL();
    try (Scratch call = Scratch.open()) {
      MemorySegment out = nx_stream.allocate(call);
      Errors.check(
          Narthex.nx_stream_get(
              Codes.of(device.type()),
              device.index(),
              isDefault ? Narthex.NX_STREAM_DEFAULT() : kind,
              out));
      return new StreamId(device, nx_stream.id(out));
    }
  }

  /** Whether all that was enqueued has ended. */
  public static boolean isIdle(StreamId stream) {
    try (Scratch call = Scratch.open()) {
      MemorySegment out = call.allocate(JAVA_INT);
      Errors.check(Narthex.nx_stream_query(stream.write(call), out));
      return out.get(JAVA_INT, 0) != 0;
    }
  }

  public static void synchronize(StreamId stream) {
    try (Scratch call = Scratch.open()) {
      Errors.check(Narthex.nx_stream_synchronize(stream.write(call)));
    }
  }

  /** Has a stream wait for what another one has to do so far. */
  public static void await(StreamId stream, StreamId other) {
    try (Scratch call = Scratch.open()) {
      Errors.check(Narthex.nx_stream_wait_stream(stream.write(call), other.write(call)));
    }
  }

  /** Has a stream wait for an event. */
  public static void await(StreamId stream, EventHandle event) {
    try (Scratch call = Scratch.open()) {
      Errors.check(Narthex.nx_stream_wait_event(stream.write(call), event.segment()));
    }
  }

  /** Enqueues a copy of all elements. */
  public static void copy(StreamId stream, TensorHandle target, TensorHandle source) {
    try (Scratch call = Scratch.open()) {
      Errors.check(Narthex.nx_stream_copy(stream.write(call), target.segment(), source.segment()));
    }
  }

  /** Records an event at the end of what a stream has to do so far. */
  public static void record(EventHandle event, StreamId stream) {
    try (Scratch call = Scratch.open()) {
      Errors.check(Narthex.nx_event_record(event.segment(), stream.write(call)));
    }
  }
}
