package io.github.narthex.internal.torch;

import io.github.narthex.Device;
import io.github.narthex.internal.bindings.nx_stream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/**
 * An {@code nx_stream}, which is a name and owns nothing.
 *
 * @param device whose it is
 * @param id libtorch's number
 */
public record StreamId(Device device, long id) {
  MemorySegment write(SegmentAllocator memory) {
    MemorySegment written = nx_stream.allocate(memory);
    writeTo(written);
    return written;
  }

  void writeTo(MemorySegment written) {
    nx_stream.device_type(written, Codes.of(device.type()));
    nx_stream.device_index(written, device.index());
    nx_stream.id(written, id);
  }
}
