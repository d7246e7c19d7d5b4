package io.github.narthex;

/**
 * What a tensor is made of, without its data.
 *
 * @param dtype the type of its elements
 * @param shape the sizes of its dimensions
 */
public record TensorInfo(DType dtype, Shape shape) {
  /**
   * Bytes of its elements.
   *
   * @throws ArithmeticException if they do not fit in 64 bits
   */
  public long byteSize() {
    return shape.byteSize(dtype);
  }

  /** For example {@code float32 64x3x7x7}. */
  @Override
  public String toString() {
    return dtype + " " + shape;
  }
}
