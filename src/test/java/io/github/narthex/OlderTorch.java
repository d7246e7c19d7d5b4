package io.github.narthex;

import java.util.Arrays;

/** What libtorch 2.11 does otherwise than 2.15, which the fixtures and messages are of. */
final class OlderTorch {
  private static final boolean RUNS =
      Arrays.compare(
              Arrays.stream(Version.libtorch().split("\\.")).mapToInt(Integer::parseInt).toArray(),
              new int[] {2, 15})
          < 0;

  private OlderTorch() {}

  /** Numbers beyond the largest of float8_e4m3fn become NaN there, and the largest here. */
  static boolean overflows(DType dtype, float number) {
    return RUNS && dtype == DType.FLOAT8_E4M3FN && Math.abs(number) > 448;
  }

  /** It draws other numbers of 16 bits. */
  static boolean drawsOtherHalves() {
    return RUNS;
  }

  /** Few operators take unsigned integers of more than 8 bits. */
  static boolean lacksUnsigned(DType dtype) {
    return RUNS && (dtype == DType.UINT16 || dtype == DType.UINT32 || dtype == DType.UINT64);
  }

  /** Operators on dtypes that they are not made for: it does not tell this from other failures. */
  static Class<? extends NarthexException> otherDtype() {
    return RUNS ? OperatorException.class : UnsupportedException.class;
  }
}
