package io.github.narthex;

import java.util.Locale;

/** Writes tensors for people to read. */
final class TensorText {
  /** Up to so many elements are all shown. */
  private static final int FULL = 1000;

  /** Of a longer dimension, so many at each end. */
  private static final int EDGE = 3;

  private TensorText() {}

  static String of(Tensor tensor) {
    Shape shape = tensor.shape();
    DType dtype = tensor.dtype();
    String head = "Tensor(%s, %s, %s)".formatted(dtype, shape, tensor.device());
    if (shape.elementCount() == 0 || shape.elementCount() > Integer.MAX_VALUE - 8) {
      return head;
    }
    boolean abridged = shape.elementCount() > FULL;
    StringBuilder text = new StringBuilder(head).append(shape.rank() == 0 ? " " : "\n");
    new Writer(shape, dtype, elements(tensor, dtype), abridged, text).write(0, 0);
    return text.toString();
  }

  /** Converted where it loses nothing: int64 beyond 2^53 stays what it is. */
  private static Object elements(Tensor tensor, DType dtype) {
    return dtype.isFloatingPoint() ? tensor.toDoubleArray() : tensor.toLongArray();
  }

  private record Writer(
      Shape shape, DType dtype, Object elements, boolean abridged, StringBuilder text) {
    /** Writes the sub-tensor of so many leading dimensions that begins at an offset. */
    void write(int dimension, int offset) {
      if (dimension == shape.rank()) {
        text.append(element(offset));
        return;
      }
      int count = Math.toIntExact(shape.dim(dimension));
      int step = 1;
      for (int i = dimension + 1; i < shape.rank(); i++) {
        step *= Math.toIntExact(shape.dim(i));
      }
      boolean last = dimension == shape.rank() - 1;
      String separator = last ? ", " : ",\n" + " ".repeat(dimension + 1);
      text.append('[');
      for (int i = 0; i < count; i++) {
        if (abridged && count > 2 * EDGE && i == EDGE) {
          text.append(separator).append("...");
          i = count - EDGE;
        }
        text.append(i == 0 ? "" : separator);
        write(dimension + 1, offset + i * step);
      }
      text.append(']');
    }

    private String element(int index) {
      return switch (elements) {
        case double[] numbers -> number(numbers[index]);
        case long[] numbers ->
            dtype == DType.BOOL ? String.valueOf(numbers[index] != 0) : "" + numbers[index];
        default -> throw new AssertionError("elements are one of these");
      };
    }

    private static String number(double value) {
      double magnitude = Math.abs(value);
      if (value == 0 || (magnitude >= 1e-3 && magnitude < 1e6) || !Double.isFinite(value)) {
        return String.format(Locale.ROOT, "%.4f", value);
      }
      return String.format(Locale.ROOT, "%.4e", value);
    }
  }
}
