package io.github.narthex.profile.run;

import io.github.narthex.internal.text.Numbers;
import io.github.narthex.profile.DevicePart;
import io.github.narthex.strategy.Recipe;
import io.github.narthex.strategy.Strategy;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What follows from where the time of calls on a device goes, by rules. */
final class DeviceAdvice {
  /** From here on, the host is what most of a call waits for. */
  private static final double ENQUEUED = 0.5;

  /** From here on, copies are worth a word. */
  private static final double COPIED = 0.2;

  /** A copy slower than this takes its time whatever its size. */
  private static final double SMALL_BYTES_PER_S = 1e9;

  /** What pinned memory has to save of a call. */
  private static final double SAVED = 0.1;

  /** From here on, computing is what a call consists of. */
  private static final double COMPUTED = 0.7;

  /** Below this share of the kernels' time, Tensor Cores are not what computes. */
  private static final double FEW_TENSOR_CORES = 0.1;

  private static final double MS_PER_S = 1e3;

  private DeviceAdvice() {}

  static List<String> of(DeviceSplit split, Recipe recipe, Optional<DeviceUse> use) {
    return Stream.of(
            enqueuing(split, recipe),
            copies(split),
            pageable(split),
            tensorCores(split, recipe, use))
        .flatMap(Optional::stream)
        .toList();
  }

  private static Optional<String> enqueuing(DeviceSplit split, Recipe recipe) {
    double share = split.share(DevicePart.ENQUEUE);
    if (share < ENQUEUED) {
      return Optional.empty();
    }
    String remedy =
        split.isRecorded()
            ? "the run is recorded already, so larger batches are what shares it out"
            : recipe.has(Strategy.CUDAGRAPHS)
                ? "the run could not be recorded, so fewer and larger operators in the model, or"
                    + " larger batches"
                : "record the runs (cudagraphs), or larger batches";
    return Optional.of(
        "enqueuing is %s of a call on %s: %s"
            .formatted(Numbers.percent(share), split.device(), remedy));
  }

  private static Optional<String> copies(DeviceSplit split) {
    double ms = split.of(DevicePart.COPY_IN).p50Ms() + split.of(DevicePart.COPY_OUT).p50Ms();
    double share = ms / split.of(DevicePart.WHOLE).p50Ms();
    long bytes = split.inputBytes() + split.outputBytes();
    if (share < COPIED || bytes == 0) {
      return Optional.empty();
    }
    double bytesPerSecond = bytes / ms * MS_PER_S;
    return Optional.of(
        "copies are %s of a call on %s: %s"
            .formatted(
                Numbers.percent(share),
                split.device(),
                bytesPerSecond < SMALL_BYTES_PER_S
                    ? "they are small and mostly wait, which larger batches share out"
                    : "keep on the device what the next call needs, and copy on another stream"
                        + " while the device computes"));
  }

  private static Optional<String> pageable(DeviceSplit split) {
    double pinned = split.of(DevicePart.COPY_IN).p50Ms() + split.of(DevicePart.COPY_OUT).p50Ms();
    double pageable = split.pageableIn().p50Ms() + split.pageableOut().p50Ms();
    return pageable - pinned < SAVED * split.of(DevicePart.WHOLE).p50Ms()
        ? Optional.empty()
        : Optional.of(
            "copies take %s ms with pinned memory and %s ms without: allocate inputs and outputs by Devices.allocatePinned"
                .formatted(Numbers.text(pinned), Numbers.text(pageable)));
  }

  private static Optional<String> tensorCores(
      DeviceSplit split, Recipe recipe, Optional<DeviceUse> use) {
    boolean isReduced =
        Stream.of(
                Strategy.FP16,
                Strategy.BF16,
                Strategy.FP16_MIXED,
                Strategy.BF16_MIXED,
                Strategy.TF32)
            .anyMatch(recipe::has);
    if (isReduced
        || use.isEmpty()
        || use.get().tensorCoreShare() >= FEW_TENSOR_CORES
        || split.share(DevicePart.COMPUTE) < COMPUTED
        || split.share(DevicePart.ENQUEUE) >= ENQUEUED) {
      return Optional.empty();
    }
    return Optional.of(
        "computing is %s of a call on %s, and Tensor Cores had %s of its kernels: try fp16, bf16 or"
                .formatted(
                    Numbers.percent(split.share(DevicePart.COMPUTE)),
                    split.device(),
                    Numbers.percent(use.get().tensorCoreShare()))
            + " tf32");
  }
}
