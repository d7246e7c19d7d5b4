package io.github.narthex.gpu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Function;

/**
 * What NVML's functions say of one GPU. What a function does not say, for whatever reason, is
 * empty; so is {@code NVML_VALUE_NOT_AVAILABLE}, all bits set, which some give instead.
 *
 * @param index NVML's
 * @param handle of type {@code nvmlDevice_t}
 */
record NvmlGpu(Nvml nvml, int index, MemorySegment handle) implements EnergyMeter.Readings {
  private static final double THOUSAND = 1000;
  private static final int NOT_AVAILABLE = -1;

  // Enumerators of nvml.h.
  private static final int TEMPERATURE_GPU = 0;
  private static final int CLOCK_SM = 1;
  private static final int CLOCK_MEM = 2;
  private static final int MEMORY_ERROR_UNCORRECTED = 1;
  private static final int VOLATILE_ECC = 0;

  // nvmlPciInfo_t: the short id of 16 characters, five numbers of 4 bytes, the id of 32 characters.
  private static final int PCI_BUS_ID = 36;
  private static final MemoryLayout PCI_INFO = MemoryLayout.sequenceLayout(17, JAVA_INT);

  // nvmlMemory_t: total, free, used.
  private static final MemoryLayout MEMORY = MemoryLayout.sequenceLayout(3, JAVA_LONG);

  // nvmlUtilization_t: of the GPU, of its memory.
  private static final MemoryLayout UTILIZATION = MemoryLayout.sequenceLayout(2, JAVA_INT);

  /**
   * @throws NvmlException if there is no such GPU, or it can't be asked
   */
  static NvmlGpu open(Nvml nvml, int index) throws NvmlException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment handle = arena.allocate(ADDRESS);
      nvml.check("nvmlDeviceGetHandleByIndex_v2", index, handle);
      return new NvmlGpu(nvml, index, handle.get(ADDRESS, 0));
    }
  }

  GpuStatus status() {
    Optional<int[]> busy = read("nvmlDeviceGetUtilizationRates", UTILIZATION, NvmlGpu::ints);
    return new GpuStatus(
        index,
        nvml.text("nvmlDeviceGetName", handle),
        nvml.text("nvmlDeviceGetUUID", handle),
        read("nvmlDeviceGetPciInfo_v3", PCI_INFO, info -> info.getString(PCI_BUS_ID)),
        two("nvmlDeviceGetCudaComputeCapability").map(version -> version[0] + "." + version[1]),
        memory(),
        known(busy.map(rates -> rates[0])),
        known(busy.map(rates -> rates[1])),
        whole("nvmlDeviceGetTemperature", TEMPERATURE_GPU),
        watts(),
        joules(),
        clock(CLOCK_SM),
        clock(CLOCK_MEM),
        clockLimits(),
        flag("nvmlDeviceGetEccMode"),
        large("nvmlDeviceGetTotalEccErrors", MEMORY_ERROR_UNCORRECTED, VOLATILE_ECC),
        flag("nvmlDeviceGetMigMode"));
  }

  @Override
  public OptionalDouble watts() {
    OptionalInt milliwatts = whole("nvmlDeviceGetPowerUsage");
    return milliwatts.isPresent()
        ? OptionalDouble.of(milliwatts.getAsInt() / THOUSAND)
        : OptionalDouble.empty();
  }

  @Override
  public OptionalDouble joules() {
    OptionalLong millijoules = large("nvmlDeviceGetTotalEnergyConsumption");
    return millijoules.isPresent()
        ? OptionalDouble.of(millijoules.getAsLong() / THOUSAND)
        : OptionalDouble.empty();
  }

  private GpuStatus.Memory memory() {
    Optional<long[]> bytes = read("nvmlDeviceGetMemoryInfo", MEMORY, out -> out.toArray(JAVA_LONG));
    return new GpuStatus.Memory(part(bytes, 0), part(bytes, 2), part(bytes, 1));
  }

  private GpuStatus.Clock clock(int type) {
    return new GpuStatus.Clock(
        whole("nvmlDeviceGetClockInfo", type), whole("nvmlDeviceGetMaxClockInfo", type));
  }

  /** Older drivers have the function under its first name. */
  private Optional<List<ClockLimit>> clockLimits() {
    OptionalLong bits = large("nvmlDeviceGetCurrentClocksEventReasons");
    if (bits.isEmpty()) {
      bits = large("nvmlDeviceGetCurrentClocksThrottleReasons");
    }
    return bits.isPresent() ? Optional.of(ClockLimit.ofBits(bits.getAsLong())) : Optional.empty();
  }

  /** The first of the two: what holds now, and what will after a restart. */
  private Optional<Boolean> flag(String function) {
    return two(function).map(modes -> modes[0] != 0);
  }

  private OptionalInt whole(String function, Integer... selectors) {
    return known(read(function, JAVA_INT, out -> out.get(JAVA_INT, 0), selectors));
  }

  private OptionalLong large(String function, Integer... selectors) {
    return part(read(function, JAVA_LONG, out -> out.toArray(JAVA_LONG), selectors), 0);
  }

  private static OptionalInt known(Optional<Integer> value) {
    return value
        .filter(number -> number != NOT_AVAILABLE)
        .map(OptionalInt::of)
        .orElseGet(OptionalInt::empty);
  }

  private static OptionalLong part(Optional<long[]> values, int i) {
    return values
        .map(all -> all[i])
        .filter(number -> number != NOT_AVAILABLE)
        .map(OptionalLong::of)
        .orElseGet(OptionalLong::empty);
  }

  private static int[] ints(MemorySegment segment) {
    return segment.toArray(JAVA_INT);
  }

  /** Of a function with a result of some layout behind what selects it. */
  private <T> Optional<T> read(
      String function,
      MemoryLayout layout,
      Function<MemorySegment, T> reader,
      Integer... selectors) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(layout);
      List<Object> arguments = new ArrayList<>();
      arguments.add(handle);
      arguments.addAll(List.of(selectors));
      arguments.add(out);
      return nvml.call(function, arguments.toArray()) == Nvml.SUCCESS
          ? Optional.of(reader.apply(out))
          : Optional.empty();
    }
  }

  /** Of a function with two results. */
  private Optional<int[]> two(String function) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment first = arena.allocate(JAVA_INT);
      MemorySegment second = arena.allocate(JAVA_INT);
      return nvml.call(function, handle, first, second) == Nvml.SUCCESS
          ? Optional.of(new int[] {first.get(JAVA_INT, 0), second.get(JAVA_INT, 0)})
          : Optional.empty();
    }
  }
}
