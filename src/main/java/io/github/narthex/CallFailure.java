package io.github.narthex;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Adds to libtorch's reason for a failed call what the caller can do about it. */
final class CallFailure {
  private CallFailure() {}

  /** What the tensors among a call's inputs are. */
  static List<TensorInfo> describe(List<? extends @Nullable Value> inputs) {
    List<TensorInfo> given = new ArrayList<>();
    for (Value input : inputs) {
      if (input == null) {
        continue;
      }
      for (Tensor tensor : input.tensors()) {
        given.add(tensor.info());
      }
    }
    return given;
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
        given.stream()
            .flatMap(input -> LayoutHint.of(input.shape()).stream())
            .findFirst()
            .map(text -> "; " + text)
            .orElse("");
    return new OperatorException(failure.getMessage() + called + hint, failure.detail(), failure);
  }
}
