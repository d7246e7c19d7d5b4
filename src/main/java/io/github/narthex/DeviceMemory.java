package io.github.narthex;

import io.github.narthex.internal.torch.DeviceCalls;
import io.github.narthex.internal.torch.DeviceCalls.Reset;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.SequencedMap;

/**
 * What libtorch's caching allocator has of a device's memory, at one moment, for the whole process.
 * libtorch keeps what tensors give back for the next ones: <i>allocated</i> is what tensors have,
 * <i>reserved</i> is all that was taken from the device. Other processes, and libraries besides
 * libtorch (cuDNN's and cuBLAS's own memory), are not in it; {@link Devices#properties} has those.
 *
 * @param device whose memory it is
 * @param statistics all counters, by PyTorch's names ({@code torch.cuda.memory_stats}): of {@code
 *     allocated_bytes}, {@code reserved_bytes}, {@code active_bytes} and others, for all memory and
 *     for libtorch's pools of small and large blocks, the current number, the peak, and what was
 *     allocated and freed so far
 */
public record DeviceMemory(Device device, SequencedMap<String, Long> statistics) {
  private static final String[][] ROWS = {
    {"allocated", "allocated_bytes"},
    {"active", "active_bytes"},
    {"requested", "requested_bytes"},
    {"reserved", "reserved_bytes"},
    {"not releasable", "inactive_split_bytes"}
  };
  private static final String[] POOLS = {"all", "large_pool", "small_pool"};

  /** The map is copied. */
  public DeviceMemory {
    statistics = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(statistics));
  }

  /**
   * The memory of a device now. It takes some microseconds.
   *
   * @throws IllegalArgumentException if the device is the CPU
   * @throws UnsupportedException if there is no such device, or libtorch does not count for it
   * @throws NativeLibraryException if libtorch can't be loaded
   */
  public static DeviceMemory of(Device device) {
    return new DeviceMemory(device, DeviceCalls.memory(device));
  }

  /**
   * Sets the peaks back to what is current; otherwise as {@link #of}.
   *
   * @throws UnsupportedException as there
   */
  public static void resetPeaks(Device device) {
    DeviceCalls.reset(device, Reset.PEAKS);
  }

  /**
   * Sets back to 0 what was allocated and freed so far; otherwise as {@link #of}.
   *
   * @throws UnsupportedException as there
   */
  public static void resetTotals(Device device) {
    DeviceCalls.reset(device, Reset.TOTALS);
  }

  /**
   * Gives what is reserved and not used back to the device, on all devices of that kind, so that
   * other processes can have it. What is allocated next is slower.
   *
   * @throws UnsupportedException as {@link #of}
   */
  public static void emptyCache(Device device) {
    DeviceCalls.reset(device, Reset.CACHE);
  }

  /**
   * Lets libtorch take no more than a fraction of a device's memory in this process, so that others
   * have the rest: what would exceed it is a {@link DeviceMemoryException}. What libtorch has
   * already is not taken from it. CUDA's devices only.
   *
   * @param fraction above 0 and at most 1, which it is at the start
   * @throws IllegalArgumentException if the fraction is none such, or the device is the CPU
   * @throws UnsupportedException if there is no such device, if it is none of CUDA's, or if this
   *     native library was built without CUDA's headers
   * @throws NativeLibraryException if libtorch can't be loaded
   */
  public static void setFraction(Device device, double fraction) {
    DeviceCalls.setMemoryFraction(device, fraction);
  }

  /**
   * The fraction of a device's memory that libtorch may take in this process.
   *
   * @throws IllegalArgumentException if the device is the CPU
   * @throws UnsupportedException as {@link #setFraction}
   * @throws NativeLibraryException if libtorch can't be loaded
   */
  public static double fraction(Device device) {
    return DeviceCalls.memoryFraction(device);
  }

  /** Bytes that tensors have. */
  public long allocatedBytes() {
    return get("allocated_bytes.all.current");
  }

  /** The most that tensors have had since the start, or {@link #resetPeaks}. */
  public long peakAllocatedBytes() {
    return get("allocated_bytes.all.peak");
  }

  /** Bytes that libtorch has taken from the device. */
  public long reservedBytes() {
    return get("reserved_bytes.all.current");
  }

  /** The most that libtorch had taken since the start, or {@link #resetPeaks}. */
  public long peakReservedBytes() {
    return get("reserved_bytes.all.peak");
  }

  /** How often there was no memory left. */
  public long outOfMemoryCount() {
    return get("num_ooms");
  }

  private long get(String name) {
    return statistics.getOrDefault(name, 0L);
  }

  /** A table for people; the format may change. */
  public String summary() {
    StringBuilder text = new StringBuilder();
    text.append(
        "%s: memory of libtorch's, out of memory %d times, %d allocations retried%n"
            .formatted(device, outOfMemoryCount(), get("num_alloc_retries")));
    text.append(
        "%-26s %12s %12s %12s %12s%n".formatted("MB", "current", "peak", "allocated", "freed"));
    for (String[] row : ROWS) {
      for (String pool : POOLS) {
        String name = pool.equals("all") ? row[0] : "  " + pool.replace("_pool", " blocks");
        text.append("%-26s".formatted(name));
        for (String what : new String[] {"current", "peak", "allocated", "freed"}) {
          double megabytes = get(row[1] + "." + pool + "." + what) / 1e6;
          text.append(String.format(Locale.ROOT, " %12.1f", megabytes));
        }
        text.append(System.lineSeparator());
      }
    }
    return text.toString();
  }
}
