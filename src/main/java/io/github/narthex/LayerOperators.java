package io.github.narthex;

import java.lang.foreign.Arena;
import org.jspecify.annotations.Nullable;

/**
 * The operators that layers of a network are made of, and conversions. Shapes are PyTorch's: images
 * are N x C x H x W. Each returns a new tensor in the arena of {@code this}, unless it says that it
 * may return a view; each throws {@link OperatorException} with libtorch's reason if shapes or
 * dtypes do not fit, {@link IllegalStateException} for a closed tensor and {@link
 * WrongThreadException} for one of another thread's confined arena.
 */
public sealed interface LayerOperators permits Tensor {
  /** The arena that the tensor lives in. */
  Arena arena();

  /** Converted to another dtype; the tensor itself (in a new handle) if it has it already. */
  default Tensor to(DType dtype) {
    return call(
        "aten::to.dtype", self(), Value.of(dtype), Value.of(false), Value.of(false), Value.none());
  }

  /**
   * Copied to a device; the tensor itself (in a new handle) if it is there already.
   *
   * @throws UnsupportedException if libtorch was built without that kind of device, or the machine
   *     has none
   */
  default Tensor to(Device device) {
    return call(
        "aten::to.device",
        self(),
        Value.of(device),
        Value.of(((Tensor) this).dtype()),
        Value.of(false),
        Value.of(false),
        Value.none());
  }

  /** Row-major; the tensor itself (in a new handle) if it is so already. */
  default Tensor contiguous() {
    return contiguous(MemoryFormat.CONTIGUOUS);
  }

  /** In that memory format; the tensor itself (in a new handle) if it is so already. */
  default Tensor contiguous(MemoryFormat format) {
    return call("aten::contiguous", self(), Value.of(format));
  }

  /** {@code this + other}, with broadcasting. */
  default Tensor add(Tensor other) {
    return call("aten::add.Tensor", self(), Value.of(other), Value.of(1));
  }

  /** {@code max(this, 0)} for each element. */
  default Tensor relu() {
    return call("aten::relu", self());
  }

  /** From N x in to N x out: {@code this * weight^T + bias}, weight out x in, bias out. */
  default Tensor linear(Tensor weight, @Nullable Tensor bias) {
    return call("aten::linear", self(), Value.of(weight), optional(bias));
  }

  /** {@link #conv2d(Tensor, Tensor, long, long, long, long)} without dilation or groups. */
  default Tensor conv2d(Tensor weight, @Nullable Tensor bias, long stride, long padding) {
    return conv2d(weight, bias, stride, padding, 1, 1);
  }

  /**
   * Convolution of N x C x H x W by weight O x (C / groups) x kernel height x kernel width, with
   * zero padding.
   */
  default Tensor conv2d(
      Tensor weight, @Nullable Tensor bias, long stride, long padding, long dilation, long groups) {
    return call(
        "aten::conv2d",
        self(),
        Value.of(weight),
        optional(bias),
        Value.of(stride),
        Value.of(padding),
        Value.of(dilation),
        Value.of(groups));
  }

  /** Batch normalisation of N x C x … by fixed statistics, as in evaluation mode. */
  default Tensor batchNorm(
      Tensor weight, Tensor bias, Tensor mean, Tensor variance, double epsilon) {
    return call(
        "aten::batch_norm",
        self(),
        Value.of(weight),
        Value.of(bias),
        Value.of(mean),
        Value.of(variance),
        Value.of(false),
        Value.of(0.1),
        Value.of(epsilon),
        Value.of(false));
  }

  /** The largest of each square window, with implicit negative infinity as padding. */
  default Tensor maxPool2d(long kernel, long stride, long padding) {
    return call("aten::max_pool2d", self(), Value.of(kernel), Value.of(stride), Value.of(padding));
  }

  /** Averages to N x C x height x width whatever the input's size. */
  default Tensor adaptiveAvgPool2d(long height, long width) {
    return call("aten::adaptive_avg_pool2d", self(), Value.of(new long[] {height, width}));
  }

  /** All dimensions from {@code first} on as one; a view where the layout allows. */
  default Tensor flatten(long first) {
    return call("aten::flatten.using_ints", self(), Value.of(first), Value.of(-1));
  }

  private Value self() {
    return Value.of((Tensor) this);
  }

  private Tensor call(String operator, Value... arguments) {
    return Operator.of(operator).tensor(arena(), arguments);
  }

  private static Value optional(@Nullable Tensor tensor) {
    return tensor == null ? Value.none() : Value.of(tensor);
  }
}
