package io.github.narthex.io;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import io.github.narthex.DType;
import io.github.narthex.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** The order of elements in memory, and of the bytes of an element. */
final class DenseCopy {
  private DenseCopy() {}

  /** How far apart, in elements, neighbours of each dimension are when the last is densest. */
  static long[] rowMajorStrides(Shape shape) {
    return strides(shape, false);
  }

  /** The same when the first dimension is the densest: Fortran's order. */
  static long[] columnMajorStrides(Shape shape) {
    return strides(shape, true);
  }

  private static long[] strides(Shape shape, boolean fromFirst) {
    int rank = shape.rank();
    long[] strides = new long[rank];
    long stride = 1;
    for (int i = 0; i < rank; i++) {
      int d = fromFirst ? i : rank - 1 - i;
      strides[d] = stride;
      stride *= Math.max(1, shape.dim(d));
    }
    return strides;
  }

  /**
   * Copies to row-major.
   *
   * @param from begins with the first element
   * @param strides in elements
   */
  static void toRowMajor(
      MemorySegment from, long[] strides, MemorySegment to, Shape shape, long elementSize) {
    int rank = shape.rank();
    long count = shape.elementCount();
    boolean hasRows = rank > 0 && strides[rank - 1] == 1;
    long run = hasRows ? shape.dim(rank - 1) : 1;
    int outer = hasRows ? rank - 1 : rank;
    long[] index = new long[outer];
    long source = 0;
    for (long done = 0; done < count; done += run) {
      if (hasRows) {
        MemorySegment.copy(from, source * elementSize, to, done * elementSize, run * elementSize);
      } else {
        copyElement(from, source, to, done, elementSize);
      }
      for (int d = outer - 1; d >= 0; d--) {
        source += strides[d];
        if (++index[d] < shape.dim(d)) {
          break;
        }
        source -= strides[d] * shape.dim(d);
        index[d] = 0;
      }
    }
  }

  private static void copyElement(
      MemorySegment from, long source, MemorySegment to, long target, long size) {
    switch ((int) size) {
      case 1 -> to.set(JAVA_BYTE, target, from.get(JAVA_BYTE, source));
      case 2 ->
          to.set(JAVA_SHORT_UNALIGNED, target * 2, from.get(JAVA_SHORT_UNALIGNED, source * 2));
      case 4 -> to.set(JAVA_INT_UNALIGNED, target * 4, from.get(JAVA_INT_UNALIGNED, source * 4));
      case 8 -> to.set(JAVA_LONG_UNALIGNED, target * 8, from.get(JAVA_LONG_UNALIGNED, source * 8));
      default -> MemorySegment.copy(from, source * size, to, target * size, size);
    }
  }

  /** Reverses the bytes of each number, in place; a complex element is two numbers. */
  static void swapBytes(MemorySegment data, DType dtype) {
    long numberSize = dtype.byteSize() / (dtype.isComplex() ? 2 : 1);
    ValueLayout layout =
        switch ((int) numberSize) {
          case 1 -> JAVA_BYTE;
          case 2 -> JAVA_SHORT_UNALIGNED;
          case 4 -> JAVA_INT_UNALIGNED;
          default -> JAVA_LONG_UNALIGNED;
        };
    ByteOrder other =
        ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN
            ? ByteOrder.BIG_ENDIAN
            : ByteOrder.LITTLE_ENDIAN;
    MemorySegment.copy(
        data, layout.withOrder(other), 0, data, layout, 0, data.byteSize() / numberSize);
  }
}
