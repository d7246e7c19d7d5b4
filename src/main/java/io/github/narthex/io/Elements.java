package io.github.narthex.io;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import io.github.narthex.DType;
import java.lang.foreign.MemorySegment;

/** Single elements of dense arrays, whatever their dtype, as Java numbers. */
public final class Elements {
  private Elements() {}

  /**
   * One element as a double: false is 0, true is 1, and an int64 beyond 2^53 is rounded.
   *
   * @param index which element, counted in elements
   * @throws IndexOutOfBoundsException if the segment has no such element
   */
  public static double getDouble(MemorySegment data, DType dtype, long index) {
    return switch (dtype) {
      case FLOAT32 -> data.get(JAVA_FLOAT_UNALIGNED, index * 4);
      case FLOAT64 -> data.get(JAVA_DOUBLE_UNALIGNED, index * 8);
      case FLOAT16 -> Float.float16ToFloat(data.get(JAVA_SHORT_UNALIGNED, index * 2));
      case BFLOAT16 -> bfloat16ToFloat(data.get(JAVA_SHORT_UNALIGNED, index * 2));
      case UINT64 -> unsigned(getLong(data, dtype, index));
      default -> getLong(data, dtype, index);
    };
  }

  /**
   * One element as a long: false is 0, true is 1, a floating-point number is rounded towards 0, and
   * a uint64 keeps its bits.
   *
   * @param index which element, counted in elements
   * @throws IndexOutOfBoundsException if the segment has no such element
   * @throws IllegalArgumentException if no Java number holds an element of that dtype
   */
  public static long getLong(MemorySegment data, DType dtype, long index) {
    return switch (dtype) {
      case INT8 -> data.get(JAVA_BYTE, index);
      case UINT8 -> data.get(JAVA_BYTE, index) & 0xff;
      case BOOL -> data.get(JAVA_BYTE, index) == 0 ? 0 : 1;
      case INT16 -> data.get(JAVA_SHORT_UNALIGNED, index * 2);
      case INT32 -> data.get(JAVA_INT_UNALIGNED, index * 4);
      case INT64, UINT64 -> data.get(JAVA_LONG_UNALIGNED, index * 8);
      case UINT16 -> data.get(JAVA_SHORT_UNALIGNED, index * 2) & 0xffff;
      case UINT32 -> data.get(JAVA_INT_UNALIGNED, index * 4) & 0xffffffffL;
      case FLOAT32, FLOAT64, FLOAT16, BFLOAT16 -> (long) getDouble(data, dtype, index);
      default -> throw notANumber(dtype);
    };
  }

  /**
   * Sets one element from a double: rounded to the nearest value of a floating-point dtype, or
   * towards 0 for an integer dtype, whose low bits are taken; a bool is whether it is not 0.
   *
   * @param index which element, counted in elements
   * @throws IndexOutOfBoundsException if the segment has no such element
   */
  public static void setDouble(MemorySegment data, DType dtype, long index, double value) {
    switch (dtype) {
      case FLOAT32 -> data.set(JAVA_FLOAT_UNALIGNED, index * 4, (float) value);
      case FLOAT64 -> data.set(JAVA_DOUBLE_UNALIGNED, index * 8, value);
      case FLOAT16 ->
          data.set(JAVA_SHORT_UNALIGNED, index * 2, Float.floatToFloat16((float) value));
      case BFLOAT16 -> data.set(JAVA_SHORT_UNALIGNED, index * 2, floatToBfloat16((float) value));
      case BOOL -> data.set(JAVA_BYTE, index, (byte) (value == 0 ? 0 : 1));
      default -> setLong(data, dtype, index, (long) value);
    }
  }

  /**
   * Sets one element from a long, of which an integer dtype takes the low bits; a bool is whether
   * it is not 0.
   *
   * @param index which element, counted in elements
   * @throws IndexOutOfBoundsException if the segment has no such element
   */
  public static void setLong(MemorySegment data, DType dtype, long index, long value) {
    switch (dtype) {
      case INT8, UINT8 -> data.set(JAVA_BYTE, index, (byte) value);
      case BOOL -> data.set(JAVA_BYTE, index, (byte) (value == 0 ? 0 : 1));
      case INT16, UINT16 -> data.set(JAVA_SHORT_UNALIGNED, index * 2, (short) value);
      case INT32, UINT32 -> data.set(JAVA_INT_UNALIGNED, index * 4, (int) value);
      case INT64, UINT64 -> data.set(JAVA_LONG_UNALIGNED, index * 8, value);
      case FLOAT32, FLOAT64, FLOAT16, BFLOAT16 -> setDouble(data, dtype, index, (double) value);
      default -> throw notANumber(dtype);
    }
  }

  /** Whether elements of that dtype are single numbers that Java can hold. */
  public static boolean areNumbers(DType dtype) {
    return switch (dtype) {
      case FLOAT32, FLOAT64, FLOAT16, BFLOAT16, BOOL -> true;
      default -> dtype.isInteger();
    };
  }

  private static IllegalArgumentException notANumber(DType dtype) {
    return new IllegalArgumentException("no Java number holds an element of " + dtype);
  }

  private static double unsigned(long bits) {
    // Halved, with the lowest bit kept for the rounding.
    return bits >= 0 ? bits : ((bits >>> 1) | (bits & 1)) * 2.0;
  }

  /** The exact value of a bfloat16, given by its bits. */
  public static float bfloat16ToFloat(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  /** The bits of the nearest bfloat16, the even one of two that are equally near. */
  public static short floatToBfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) ((bits >>> 16) | 0x40); // stays a NaN when its low bits are cut off
    }
    return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
  }
}
