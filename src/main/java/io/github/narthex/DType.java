package io.github.narthex;

import java.util.Locale;

/**
 * The type of a tensor's elements. The names are those of PyTorch without the {@code torch.}
 * prefix.
 */
public enum DType {
  /** IEEE 754 binary32. */
  FLOAT32(4, true),
  /** IEEE 754 binary64. */
  FLOAT64(8, true),
  /** IEEE 754 binary16. */
  FLOAT16(2, true),
  /** The upper 16 bits of a binary32. */
  BFLOAT16(2, true),
  /** Signed, 8 bits. */
  INT8(1, false),
  /** Signed, 16 bits. */
  INT16(2, false),
  /** Signed, 32 bits. */
  INT32(4, false),
  /** Signed, 64 bits. */
  INT64(8, false),
  /** Unsigned, 8 bits. */
  UINT8(1, false),
  /** One byte for each element, 0 or 1. */
  BOOL(1, false);

  private final String text;
  private final long byteSize;
  private final boolean floatingPoint;

  DType(long byteSize, boolean floatingPoint) {
    this.text = name().toLowerCase(Locale.ROOT);
    this.byteSize = byteSize;
    this.floatingPoint = floatingPoint;
  }

  /** The size of one element in bytes. */
  public long byteSize() {
    return byteSize;
  }

  /** Whether elements are floating-point numbers. */
  public boolean isFloatingPoint() {
    return floatingPoint;
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
