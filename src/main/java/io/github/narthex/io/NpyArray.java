package io.github.narthex.io;

import io.github.narthex.DType;
import io.github.narthex.Shape;
import io.github.narthex.Tensor;
import io.github.narthex.Value;
import java.lang.foreign.MemorySegment;

/**
 * An array in memory, which libtorch need not know.
 *
 * @param dtype the type of the elements
 * @param shape the dimensions
 * @param data the elements, dense, row-major and in the byte order of this machine; borrowed, so it
 *     is alive as long as the arena it came from
 */
public record NpyArray(DType dtype, Shape shape, MemorySegment data) {
  /**
   * An array over {@code data}, without a copy.
   *
   * @throws IllegalArgumentException if {@code data} does not have the size that dtype and shape
   *     ask for
   * @throws ArithmeticException if that size does not fit in 64 bits
   */
  public NpyArray {
    long expected = shape.byteSize(dtype);
    if (data.byteSize() != expected) {
      throw new IllegalArgumentException(
          "an array of shape %s and dtype %s takes %d bytes, the segment has %d"
              .formatted(shape, dtype, expected, data.byteSize()));
    }
  }

  /**
   * A tensor's elements, row-major, as npy files hold them: of dtypes that these have not as
   * float32 (for quantised ones, the numbers that they stand for), and of complex numbers the real
   * and the imaginary parts, in a last dimension of 2.
   *
   * @param tensor its arena owns what is not a view of it
   */
  public static NpyArray of(Tensor tensor) {
    DType dtype = tensor.dtype();
    Tensor plain =
        dtype.isComplex()
            ? tensor.viewAsReal()
            : dtype.isQuantized()
                ? tensor.dequantize()
                : NpyHeader.isWritten(dtype) ? tensor : tensor.to(DType.FLOAT32);
    Tensor dense = plain.isContiguous() ? plain : plain.contiguous(); // mostly no operator runs
    return new NpyArray(dense.dtype(), dense.shape(), dense.segment());
  }

  /**
   * An input of a model as npy files hold it: a tensor as {@link #of(Tensor)} has it, a number or a
   * boolean as an array of one element, without dimensions.
   *
   * @throws IllegalArgumentException if it is none of these
   */
  public static NpyArray of(Value input) {
    return switch (input) {
      case Value.OfTensor(Tensor tensor) -> of(tensor);
      case Value.OfInt(long number) ->
          new NpyArray(DType.INT64, Shape.SCALAR, MemorySegment.ofArray(new long[] {number}));
      case Value.OfDouble(double number) ->
          new NpyArray(DType.FLOAT64, Shape.SCALAR, MemorySegment.ofArray(new double[] {number}));
      case Value.OfBool(boolean flag) ->
          new NpyArray(
              DType.BOOL, Shape.SCALAR, MemorySegment.ofArray(new byte[] {(byte) (flag ? 1 : 0)}));
      default -> throw new IllegalArgumentException("npy files can't hold " + input);
    };
  }
}
