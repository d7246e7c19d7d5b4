package io.github.narthex;

import java.util.Arrays;
import java.util.stream.Collectors;

/** The sizes of a tensor's dimensions, outermost first. Immutable; rank 0 is a scalar. */
public final class Shape {
  /** The shape of rank 0, which has one element. */
  public static final Shape SCALAR = new Shape();

  private static final String SCALAR_TEXT = "scalar";

  private final long[] dims;

  private Shape(long... dims) {
    this.dims = dims;
  }

  /**
   * A shape with these dimensions; the array is copied.
   *
   * @throws IllegalArgumentException if a dimension is negative
   */
  public static Shape of(long... dims) {
    if (dims.length == 0) {
      return SCALAR;
    }
    for (int i = 0; i < dims.length; i++) {
      if (dims[i] < 0) {
        throw new IllegalArgumentException(
            "dimension " + i + " of the shape is negative: " + dims[i]);
      }
    }
    return new Shape(dims.clone());
  }

  /**
   * Reads the text that {@link #toString} writes: sizes joined with {@code x}, for example {@code
   * 1x3x224x224}, or {@code scalar}.
   *
   * @throws IllegalArgumentException if the text is not a shape; the message names the position
   */
  public static Shape parse(String text) {
    if (text.equals(SCALAR_TEXT)) {
      return SCALAR;
    }
    String[] parts = text.split("x", -1);
    long[] dims = new long[parts.length];
    int position = 0;
    for (int i = 0; i < parts.length; i++) {
      String part = parts[i];
      if (part.isEmpty() || !part.chars().allMatch(c -> c >= '0' && c <= '9')) {
        throw new IllegalArgumentException(
            "bad shape '%s' at position %d: expected a size such as in 1x3x224x224, found '%s'"
                .formatted(text, position + 1, part));
      }
      try {
        dims[i] = Long.parseLong(part);
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(
            "bad shape '%s' at position %d: %s does not fit in 64 bits"
                .formatted(text, position + 1, part),
            e);
      }
      position += part.length() + 1;
    }
    return new Shape(dims);
  }

  /** The number of dimensions. */
  public int rank() {
    return dims.length;
  }

  /**
   * The size of one dimension.
   *
   * @throws IndexOutOfBoundsException if {@code index} is not from 0 to rank - 1
   */
  public long dim(int index) {
    if (index < 0 || index >= dims.length) {
      throw new IndexOutOfBoundsException(
          "dimension %d of shape %s, which has rank %d".formatted(index, this, dims.length));
    }
    return dims[index];
  }

  /**
   * The product of all dimensions: 1 for a scalar, 0 if any dimension is 0.
   *
   * @throws ArithmeticException if it does not fit in 64 bits
   */
  public long elementCount() {
    long count = 1;
    boolean overflow = false;
    for (long dim : dims) {
      if (dim == 0) {
        return 0;
      }
      overflow |= Math.multiplyHigh(count, dim) != 0 || count * dim < 0;
      count *= dim;
    }
    if (overflow) {
      throw new ArithmeticException("shape " + this + " has more than 2^63 - 1 elements");
    }
    return count;
  }

  /**
   * The size in bytes of a dense tensor of this shape.
   *
   * @throws ArithmeticException if it does not fit in 64 bits
   */
  public long byteSize(DType dtype) {
    long count = elementCount();
    if (count > Long.MAX_VALUE / dtype.byteSize()) {
      throw new ArithmeticException(
          "shape %s of %s has more than 2^63 - 1 bytes".formatted(this, dtype));
    }
    return count * dtype.byteSize();
  }

  /** The dimensions as a new array. */
  public long[] toArray() {
    return dims.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && Arrays.equals(dims, shape.dims);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dims);
  }

  /** Sizes joined with {@code x}, for example {@code 1x3x224x224}; rank 0 is {@code scalar}. */
  @Override
  public String toString() {
    return dims.length == 0
        ? SCALAR_TEXT
        : Arrays.stream(dims).mapToObj(Long::toString).collect(Collectors.joining("x"));
  }
}
