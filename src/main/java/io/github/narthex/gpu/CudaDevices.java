package io.github.narthex.gpu;

import io.github.narthex.Device;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Which of NVML's GPUs CUDA's devices are: CUDA numbers them by an order of its own and by {@code
 * CUDA_VISIBLE_DEVICES}. Where that can't be told for certain it is not guessed.
 *
 * @param gpus the GPU of {@code cuda:0}, of {@code cuda:1}, and so on; empty if there is none, or
 *     it can't be told
 * @param unknown why it can't be told; empty if it can
 */
public record CudaDevices(List<GpuStatus> gpus, Optional<String> unknown) {
  private static final Pattern INDEX = Pattern.compile("\\d{1,9}");
  private static final Pattern NEGATIVE = Pattern.compile("-\\d+");
  private static final String UUID = "GPU-";

  /** The list is copied. */
  public CudaDevices {
    gpus = List.copyOf(gpus);
  }

  /** Thrown within this class alone. */
  private static final class UnknownException extends Exception {
    private static final long serialVersionUID = 1;

    UnknownException(String reason) {
      super(reason);
    }
  }

  /** Of this process. Threads may call it at the same time. */
  public static CudaDevices read() {
    return of(Gpus.read(), System.getenv());
  }

  /**
   * Of a process with this environment. The rules are those of the CUDA programming guide, <i>CUDA
   * environment variables</i>. With {@code CUDA_DEVICE_ORDER=PCI_BUS_ID} indexes go by the bus;
   * without, the fastest GPU comes first, which is known here only where all are of one model (then
   * they are taken to go by the bus).
   */
  public static CudaDevices of(Gpus gpus, Map<String, String> environment) {
    if (gpus.unavailable().isPresent()) {
      return unknown(gpus.unavailable().get().reason());
    }
    String visible = environment.get("CUDA_VISIBLE_DEVICES");
    try {
      return new CudaDevices(
          visible == null
              ? inOrder(gpus.gpus(), environment)
              : visible(gpus.gpus(), visible, environment),
          Optional.empty());
    } catch (UnknownException e) {
      return unknown(String.valueOf(e.getMessage()));
    }
  }

  private static CudaDevices unknown(String reason) {
    return new CudaDevices(List.of(), Optional.of(reason));
  }

  /** The GPU of a device; empty if the device is none of CUDA's, is not there, or can't be told. */
  public Optional<GpuStatus> gpu(Device device) {
    return device.type() == Device.Type.CUDA && device.index() < gpus.size()
        ? Optional.of(gpus.get(device.index()))
        : Optional.empty();
  }

  private static List<GpuStatus> inOrder(List<GpuStatus> gpus, Map<String, String> environment)
      throws UnknownException {
    checkWhole(gpus);
    boolean byBus = "PCI_BUS_ID".equals(environment.get("CUDA_DEVICE_ORDER"));
    if (!byBus && gpus.stream().map(GpuStatus::name).distinct().count() > 1) {
      throw new UnknownException(
          "the GPUs differ, and CUDA's order is by their speed: set CUDA_DEVICE_ORDER=PCI_BUS_ID,"
              + " or name them by UUID in CUDA_VISIBLE_DEVICES");
    }
    if (gpus.size() > 1 && gpus.stream().anyMatch(gpu -> gpu.pciBusId().isEmpty())) {
      throw new UnknownException("NVML does not say on which bus the GPUs are");
    }
    // Of one length, in hexadecimal digits of one case: the texts go as the numbers.
    return gpus.stream()
        .sorted(Comparator.comparing((GpuStatus gpu) -> gpu.pciBusId().orElse("")))
        .toList();
  }

  /** An entry that names no GPU ends the list; those before it are visible. */
  private static List<GpuStatus> visible(
      List<GpuStatus> gpus, String entries, Map<String, String> environment)
      throws UnknownException {
    List<GpuStatus> visible = new ArrayList<>();
    if (entries.isBlank()) {
      return visible;
    }
    boolean indexed = false;
    boolean named = false;
    for (String word : entries.split(",", -1)) {
      String entry = word.strip();
      Optional<GpuStatus> gpu;
      if (INDEX.matcher(entry).matches()) {
        List<GpuStatus> ordered = inOrder(gpus, environment);
        int index = Integer.parseInt(entry);
        gpu = index < ordered.size() ? Optional.of(ordered.get(index)) : Optional.empty();
        indexed = true;
      } else if (entry.startsWith(UUID)) {
        gpu = byUuid(gpus, entry);
        named = true;
      } else if (NEGATIVE.matcher(entry).matches()) {
        gpu = Optional.empty();
      } else {
        throw new UnknownException(
            "'%s' in CUDA_VISIBLE_DEVICES is neither an index nor a GPU's UUID".formatted(entry));
      }
      if (indexed && named) {
        throw new UnknownException("CUDA_VISIBLE_DEVICES has both indexes and UUIDs");
      }
      if (gpu.isEmpty()) {
        break;
      }
      visible.add(gpu.get());
    }
    if (new HashSet<>(visible).size() < visible.size()) {
      throw new UnknownException("CUDA_VISIBLE_DEVICES names a GPU twice");
    }
    return visible;
  }

  /** The one that begins so; none if there are several. */
  private static Optional<GpuStatus> byUuid(List<GpuStatus> gpus, String prefix)
      throws UnknownException {
    if (gpus.stream().anyMatch(gpu -> gpu.uuid().isEmpty())) {
      throw new UnknownException("NVML does not say the UUIDs of all GPUs");
    }
    List<GpuStatus> found =
        gpus.stream().filter(gpu -> gpu.uuid().orElse("").startsWith(prefix)).toList();
    checkWhole(found);
    return found.size() == 1 ? Optional.of(found.getFirst()) : Optional.empty();
  }

  private static void checkWhole(List<GpuStatus> gpus) throws UnknownException {
    for (GpuStatus gpu : gpus) {
      if (gpu.mig().orElse(false)) {
        throw new UnknownException(
            "GPU %d is divided (MIG): CUDA's devices are its instances, NVML's figures of the whole"
                .formatted(gpu.index()));
      }
    }
  }
}
