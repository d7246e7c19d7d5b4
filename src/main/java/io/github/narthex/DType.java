package io.github.narthex;

import java.util.Locale;

/**
 * The type of a tensor's elements. The names are those of PyTorch without the {@code torch.}
 * prefix.
 *
 * <p>Not every operator of libtorch's computes with every dtype: it has few for {@link #UINT16},
 * {@link #UINT32}, {@link #UINT64} and the 8-bit floating-point numbers, which are meant to be
 * stored and converted, and of the quantised ones for {@link Tensor#dequantize()} above all.
 */
public enum DType {
  /** IEEE 754 binary32. */
  FLOAT32(4, Kind.FLOATING_POINT),
  /** IEEE 754 binary64. */
  FLOAT64(8, Kind.FLOATING_POINT),
  /** IEEE 754 binary16. */
  FLOAT16(2, Kind.FLOATING_POINT),
  /** The upper 16 bits of a binary32. */
  BFLOAT16(2, Kind.FLOATING_POINT),
  /** Signed, 8 bits. */
  INT8(1, Kind.INTEGER),
  /** Signed, 16 bits. */
  INT16(2, Kind.INTEGER),
  /** Signed, 32 bits. */
  INT32(4, Kind.INTEGER),
  /** Signed, 64 bits. */
  INT64(8, Kind.INTEGER),
  /** Unsigned, 8 bits. */
  UINT8(1, Kind.INTEGER),
  /** Unsigned, 16 bits: Java's {@code short} holds them, {@link Short#toUnsignedInt} reads them. */
  UINT16(2, Kind.INTEGER),
  /** Unsigned, 32 bits: as Java's {@code int}, see {@link Integer#toUnsignedLong}. */
  UINT32(4, Kind.INTEGER),
  /** Unsigned, 64 bits: as Java's {@code long}, see {@link Long#toUnsignedString(long)}. */
  UINT64(8, Kind.INTEGER),
  /** One byte for each element, 0 or 1. */
  BOOL(1, Kind.BOOLEAN),
  /** Two {@link #FLOAT32}: the real part, then the imaginary one. */
  COMPLEX64(8, Kind.COMPLEX),
  /** Two {@link #FLOAT64}: the real part, then the imaginary one. */
  COMPLEX128(16, Kind.COMPLEX),
  /** 8 bits, 4 of them the exponent: up to 448, without infinity. */
  FLOAT8_E4M3FN(1, Kind.FLOATING_POINT),
  /** 8 bits, 4 of them the exponent: up to 240, without infinity and negative zero. */
  FLOAT8_E4M3FNUZ(1, Kind.FLOATING_POINT),
  /** 8 bits, 5 of them the exponent: up to 57344, and infinity. */
  FLOAT8_E5M2(1, Kind.FLOATING_POINT),
  /** 8 bits, 5 of them the exponent: up to 57344, without infinity and negative zero. */
  FLOAT8_E5M2FNUZ(1, Kind.FLOATING_POINT),
  /** 8 bits, all of them the exponent: powers of two, for the scales of other numbers. */
  FLOAT8_E8M0FNU(1, Kind.FLOATING_POINT),
  /** Signed, 8 bits, that stand for numbers by a scale and a zero point. */
  QINT8(1, Kind.QUANTIZED),
  /** Unsigned, 8 bits, that stand for numbers by a scale and a zero point. */
  QUINT8(1, Kind.QUANTIZED),
  /** Signed, 32 bits, that stand for numbers by a scale and a zero point. */
  QINT32(4, Kind.QUANTIZED);

  private enum Kind {
    FLOATING_POINT,
    INTEGER,
    BOOLEAN,
    COMPLEX,
    QUANTIZED
  }

  private final String text;
  private final long byteSize;
  private final Kind kind;

  DType(long byteSize, Kind kind) {
    this.text = name().toLowerCase(Locale.ROOT);
    this.byteSize = byteSize;
    this.kind = kind;
  }

  /** The size of one element in bytes. */
  public long byteSize() {
    return byteSize;
  }

  /** Whether elements are floating-point numbers, real ones. */
  public boolean isFloatingPoint() {
    return kind == Kind.FLOATING_POINT;
  }

  /** Whether elements are integers, with a sign or without. */
  public boolean isInteger() {
    return kind == Kind.INTEGER;
  }

  /** Whether elements are complex numbers. */
  public boolean isComplex() {
    return kind == Kind.COMPLEX;
  }

  /**
   * Whether elements are integers that stand for numbers by a scale and a zero point. A tensor of
   * these can't be made of a Java array or a segment.
   */
  public boolean isQuantized() {
    return kind == Kind.QUANTIZED;
  }

  /**
   * The dtype of that name, the inverse of {@link #toString}.
   *
   * @throws IllegalArgumentException if no dtype has that name
   */
  public static DType parse(String text) {
    for (DType dtype : values()) {
      if (dtype.text.equals(text)) {
        return dtype;
      }
    }
    StringBuilder names = new StringBuilder();
    for (DType dtype : values()) {
      names.append(names.isEmpty() ? "" : ", ").append(dtype.text);
    }
    throw new IllegalArgumentException("unknown dtype '" + text + "': expected one of " + names);
  }

  /** The name in lower case, for example {@code float32}. */
  @Override
  public String toString() {
    return text;
  }
}
