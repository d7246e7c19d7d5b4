package io.github.narthex.profile.run;

import io.github.narthex.profile.Profile;
import io.github.narthex.profile.ProfiledEvent;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How a GPU was used while the profiler ran.
 *
 * @param busyShare of the time in which a kernel or a copy ran
 * @param tensorCoreShare of the kernels' time, of those whose names say that they use Tensor Cores
 */
public record DeviceUse(double busyShare, double tensorCoreShare) {
  /** What cuBLAS, cuDNN and CUTLASS put into the names of kernels that use Tensor Cores. */
  private static final List<String> TENSOR_CORES =
      List.of(
          "tensorop", "gmma", "hmma", "imma", "h884", "s884", "h1688", "s1688", "16816", "tcgen05");

  /** From what was recorded; empty if nothing ran on a GPU. */
  static Optional<DeviceUse> of(Profile profile) {
    List<ProfiledEvent> kernels =
        profile.events().stream()
            .filter(event -> event.kind() == ProfiledEvent.Kind.DEVICE)
            .sorted(Comparator.comparingLong(ProfiledEvent::startNanos))
            .toList();
    if (kernels.isEmpty()) {
      return Optional.empty();
    }
    long busy = 0;
    long until = Long.MIN_VALUE;
    long all = 0;
    long onTensorCores = 0;
    for (ProfiledEvent kernel : kernels) {
      long end = kernel.startNanos() + kernel.durationNanos();
      busy += Math.max(0, end - Math.max(until, kernel.startNanos()));
      until = Math.max(until, end);
      all += kernel.durationNanos();
      onTensorCores += usesTensorCores(kernel.name()) ? kernel.durationNanos() : 0;
    }
    return Optional.of(
        new DeviceUse(
            (double) busy / Math.max(1, profile.wallNanos()),
            (double) onTensorCores / Math.max(1, all)));
  }

  private static boolean usesTensorCores(String kernel) {
    String name = kernel.toLowerCase(Locale.ROOT);
    return TENSOR_CORES.stream().anyMatch(name::contains);
  }
}
