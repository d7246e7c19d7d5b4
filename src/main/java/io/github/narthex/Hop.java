package io.github.narthex;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A way between devices, with a stream of its own on each that it touches: neither what computes
 * there nor other hops wait for its copies. Any thread may use it.
 */
final class Hop {
  private final Map<Device, Stream> streams = new ConcurrentHashMap<>();

  /**
   * Copies a value's tensors to a device; those that are there already stay. The host waits only
   * for its own memory: what is copied there, and what is copied from it and is not pinned.
   */
  Value carry(Value value, Device target) {
    return value.withTensors(
        tensor -> {
          Device source = tensor.device();
          if (source.equals(target)) {
            return tensor;
          }
          if (source.isCpu()) {
            return tensor.to(target, stream(target));
          }
          return target.isCpu()
              ? tensor.to(target, stream(source))
              : tensor.to(target, stream(source), stream(target));
        });
  }

  /** Waits, on the host, until what was copied to a device is there. */
  void synchronize(Device target) {
    Stream stream = streams.get(target);
    if (stream != null) {
      stream.synchronize();
    }
  }

  private Stream stream(Device device) {
    return streams.computeIfAbsent(device, Stream::of);
  }
}
