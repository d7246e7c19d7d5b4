package io.github.narthex;

import static io.github.narthex.OperatorCalls.call;

import java.lang.foreign.Arena;
import java.util.Arrays;

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

  /**
   * Copied to a device on streams, so that other streams go on; the tensor itself (in a new handle)
   * if it is there already. A copy from one device to another works on a stream of each, and on the
   * default stream of a device of which none is named. It waits, on the device, for what made the
   * tensor, and is waited for by what uses the copy. It returns at once, but for copies to the host
   * and from memory of the host that is not {@linkplain Devices#allocatePinned pinned}; pinned
   * memory must not be changed before the copy has ended. A trace records it without streams.
   *
   * <pre>{@code
   * Stream copies = Stream.of(gpu);
   * Tensor next = pinned.to(gpu, copies);                 // while the model's stream computes
   * }</pre>
   *
   * @param streams of the tensor's device and of the other one; of two of one device, the last
   *     counts
   * @throws IllegalArgumentException if a stream is of a third device
   * @throws UnsupportedException if there is no such device
   * @throws DeviceMemoryException if the device's memory is exhausted
   */
  default Tensor to(Device device, Stream... streams) {
    Tensor self = (Tensor) this;
    return self.trace() == null
        ? new Tensor(
            arena(),
            self.handle().to(arena(), device, Arrays.stream(streams).map(Stream::id).toList()),
            null)
        : to(device);
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
