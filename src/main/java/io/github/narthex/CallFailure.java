package io.github.narthex;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Adds to libtorch's reason for a failed call what the caller can do about it. */
final class CallFailure {
  /** libtorch's words, in its kernels and in its checks, for tensors on different devices. */
  private static final Pattern MIXED_DEVICES =
      Pattern.compile("(?i)same device|on device|is on (cpu|cuda|xpu|mps|privateuseone)\\b");

  private CallFailure() {}

  /** What the tensors among a call's inputs are, but for those of dtypes that Java has not. */
  static List<TensorInfo> describe(List<? extends @Nullable Value> inputs) {
    return inputs.stream()
        .filter(Objects::nonNull)
        .flatMap(input -> input.tensors().stream())
        .flatMap(tensor -> describe(tensor).stream())
        .toList();
  }

  private static Optional<TensorInfo> describe(Tensor tensor) {
    try {
      return Optional.of(tensor.info());
    } catch (UnsupportedException e) {
      return Optional.empty();
    }
  }

  /** The failure with what the model was called with, and a hint where one fits. */
  static OperatorException explain(OperatorException failure, List<TensorInfo> given) {
    if (given.isEmpty()) {
      return failure;
    }
    String called =
        given.stream()
            .map(TensorInfo::toString)
            .collect(Collectors.joining(", ", " (called with ", ")"));
    String hint =
        MIXED_DEVICES.matcher(failure.detail()).find()
            ? "; the model and its inputs must be on one device: move inputs with to(device), or"
                + " run the model withHostInputs(device)"
            : given.stream()
                .flatMap(input -> LayoutHint.of(input.shape()).stream())
                .findFirst()
                .map(text -> "; " + text)
                .orElse("");
    return new OperatorException(failure.getMessage() + called + hint, failure.detail(), failure);
  }
}
