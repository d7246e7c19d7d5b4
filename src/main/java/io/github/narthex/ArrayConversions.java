package io.github.narthex;

import java.lang.foreign.MemorySegment;

/**
 * A tensor's elements, row-major, copied to Java's memory, whatever its layout and device. A
 * conversion is libtorch's: towards 0 from fractions to integers, low bits of larger integers; a
 * quantised element is the number that it stands for.
 *
 * <p>Each method throws {@link IllegalStateException} for a closed tensor and {@link
 * WrongThreadException} for one of another thread's confined arena.
 */
public sealed interface ArrayConversions permits Tensor {
  /**
   * Copies the elements in the tensor's dtype, without a conversion.
   *
   * @param target heap or native, exactly as large as the elements
   * @throws IllegalArgumentException if its size differs, or it is read-only
   */
  default void copyTo(MemorySegment target) {
    Tensor self = (Tensor) this;
    DType dtype = self.dtype();
    Segments.requireSize(target, dtype, self.shape());
    HeapTransfer.read(self, dtype, target);
  }

  /**
   * The elements as a new array, converted to float32.
   *
   * @throws IllegalStateException if the elements are complex, or too many for a Java array
   */
  default float[] toFloatArray() {
    float[] array = new float[HeapTransfer.arrayLength((Tensor) this)];
    HeapTransfer.read((Tensor) this, DType.FLOAT32, MemorySegment.ofArray(array));
    return array;
  }

  /**
   * The elements as a new array, converted to float64.
   *
   * @throws IllegalStateException if the elements are complex, or too many for a Java array
   */
  default double[] toDoubleArray() {
    double[] array = new double[HeapTransfer.arrayLength((Tensor) this)];
    HeapTransfer.read((Tensor) this, DType.FLOAT64, MemorySegment.ofArray(array));
    return array;
  }

  /**
   * The elements as a new array, converted to int16.
   *
   * @throws IllegalStateException if the elements are complex, or too many for a Java array
   */
  default short[] toShortArray() {
    short[] array = new short[HeapTransfer.arrayLength((Tensor) this)];
    HeapTransfer.read((Tensor) this, DType.INT16, MemorySegment.ofArray(array));
    return array;
  }

  /**
   * The elements as a new array, converted to int32.
   *
   * @throws IllegalStateException if the elements are complex, or too many for a Java array
   */
  default int[] toIntArray() {
    int[] array = new int[HeapTransfer.arrayLength((Tensor) this)];
    HeapTransfer.read((Tensor) this, DType.INT32, MemorySegment.ofArray(array));
    return array;
  }

  /**
   * The elements as a new array, converted to int64: those of uint64 keep their bits.
   *
   * @throws IllegalStateException if the elements are complex, or too many for a Java array
   */
  default long[] toLongArray() {
    long[] array = new long[HeapTransfer.arrayLength((Tensor) this)];
    HeapTransfer.read((Tensor) this, DType.INT64, MemorySegment.ofArray(array));
    return array;
  }

  /**
   * The elements as a new array, converted to uint8.
   *
   * @throws IllegalStateException if the elements are complex, or too many for a Java array
   */
  default byte[] toByteArray() {
    byte[] array = new byte[HeapTransfer.arrayLength((Tensor) this)];
    HeapTransfer.read((Tensor) this, DType.UINT8, MemorySegment.ofArray(array));
    return array;
  }

  /**
   * The elements as a new array: whether each is not zero.
   *
   * @throws IllegalStateException if the elements are complex, or too many for a Java array
   */
  default boolean[] toBooleanArray() {
    byte[] bytes = new byte[HeapTransfer.arrayLength((Tensor) this)];
    HeapTransfer.read((Tensor) this, DType.BOOL, MemorySegment.ofArray(bytes));
    boolean[] array = new boolean[bytes.length];
    for (int i = 0; i < array.length; i++) {
      array[i] = bytes[i] != 0;
    }
    return array;
  }

  /**
   * The only element, converted to float64.
   *
   * @throws IllegalStateException if there is not exactly one, or it is complex
   */
  default double item() {
    Shape shape = ((Tensor) this).shape();
    if (shape.elementCount() != 1) {
      throw new IllegalStateException("expected one element, the shape is " + shape);
    }
    return toDoubleArray()[0];
  }
}
