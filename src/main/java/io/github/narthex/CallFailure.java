package io.github.narthex;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Adds to libtorch's reason for a failed call what the caller can do about it. */
final class CallFailure {
  private CallFailure() {}

  /** What the tensors among a call's inputs are. */
  static List<TensorInfo> describe(List<Value> inputs) {
    List<TensorInfo> given = new ArrayList<>();
    for (Value input : inputs) {
      for (Tensor tensor : input.tensors()) {
        given.add(new TensorInfo(tensor.dtype(), tensor.shape()));
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
        " (called with "
            + given.stream().map(TensorInfo::toString).collect(Collectors.joining(", "))
            + hint(given)
            + ")";
    return new OperatorException(failure.getMessage() + called, failure.detail(), failure);
  }

  private static String hint(List<TensorInfo> given) {
    for (TensorInfo input : given) {
      if (looksLikeChannelsInTheEnd(input.shape())) {
        return "; that looks like an image as height x width x channels, and PyTorch's models take"
            + " channels x height x width: permute it";
      }
    }
    return "";
  }

  /** H x W x C or N x H x W x C with 1, 3 or 4 channels, where the channels should be does not. */
  private static boolean looksLikeChannelsInTheEnd(Shape shape) {
    if (shape.rank() < 3 || shape.rank() > 4) {
      return false;
    }
    return mayBeChannels(shape.dim(shape.rank() - 1))
        && !mayBeChannels(shape.dim(shape.rank() - 3))
        && shape.dim(shape.rank() - 2) > 4;
  }

  private static boolean mayBeChannels(long size) {
    return size == 1 || size == 3 || size == 4;
  }
}
