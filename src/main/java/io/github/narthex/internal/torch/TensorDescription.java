package io.github.narthex.internal.torch;

import io.github.narthex.DType;
import io.github.narthex.Device;
import io.github.narthex.Shape;
import java.util.List;

/**
 * What libtorch says of a tensor at one moment.
 *
 * @param strides in elements
 * @param contiguous whether it is row-major
 * @param address of the first element; 0 where the host can't read it
 */
public record TensorDescription(
    DType dtype,
    Shape shape,
    List<Long> strides,
    Device device,
    boolean contiguous,
    long address) {}
