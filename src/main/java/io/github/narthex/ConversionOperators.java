package io.github.narthex;

import static io.github.narthex.OperatorCalls.call;

import java.lang.foreign.Arena;

/**
 * The same elements in another dtype, on another device or in another order in memory. Each method
 * throws {@link IllegalStateException} for a closed tensor and {@link WrongThreadException} for one
 * of another thread's confined arena.
 */
public sealed interface ConversionOperators permits Tensor {
  /** The arena that the tensor lives in. */
  Arena arena();

  /**
   * Converted to another dtype; the tensor itself (in a new handle) if it has it already. A
   * quantised element is converted as the number that it stands for.
   */
  default Tensor to(DType dtype) {
    DType from = self().dtype();
    Tensor plain = from.isQuantized() && from != dtype ? self().dequantize() : self();
    return call(
        "aten::to.dtype", plain, Value.of(dtype), Value.of(false), Value.of(false), Value.none());
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

  private Tensor self() {
    return (Tensor) this;
  }
}
