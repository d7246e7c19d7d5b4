package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.narthex.io.Elements;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code to} between dtypes against the conversions that the Java language defines. */
@ExtendWith(LeakCheck.class)
class TensorConversionTest {
  private static final int RANDOM_COUNT = 1000;

  private static List<DType> dtypes() {
    return Arrays.stream(DType.values()).filter(Elements::areNumbers).toList();
  }

  @ParameterizedTest
  @MethodSource("dtypes")
  void convertsAsJavaDoes(DType from) {
    try (Arena arena = Arena.ofConfined()) {
      for (DType to : dtypes()) {
        double[] values = values(from, to);
        Shape shape = Shape.of(values.length);
        MemorySegment source = arena.allocate(shape.byteSize(from), 8);
        for (int i = 0; i < values.length; i++) {
          Elements.setDouble(source, from, i, values[i]);
        }
        MemorySegment actual = Tensor.of(arena, source, from, shape).to(to).segment();
        for (int i = 0; i < values.length; i++) {
          double stored = Elements.getDouble(source, from, i);
          assertEquals(
              expected(to, stored),
              Elements.getDouble(actual, to, i),
              from + " to " + to + " of " + stored);
        }
      }
    }
  }

  /** Integers of all 64 bits do not go through a double. */
  @Test
  void convertsLongsExactly() {
    long[] values = new Random(5).longs(RANDOM_COUNT).toArray();
    try (Arena arena = Arena.ofConfined()) {
      Tensor longs = Tensor.of(arena, values, RANDOM_COUNT);
      int[] ints = longs.to(DType.INT32).toIntArray();
      byte[] bytes = longs.to(DType.UINT8).toByteArray();
      float[] floats = longs.toFloatArray();
      for (int i = 0; i < RANDOM_COUNT; i++) {
        assertEquals((int) values[i], ints[i]);
        assertEquals((byte) values[i], bytes[i]);
        assertEquals((float) values[i], floats[i]);
      }
    }
  }

  private static double expected(DType to, double value) {
    return switch (to) {
      case FLOAT64 -> value;
      case FLOAT32 -> (float) value;
      case FLOAT16 -> Float.float16ToFloat(Float.floatToFloat16((float) value));
      case BFLOAT16 -> bfloat16((float) value);
      case BOOL -> value == 0 ? 0 : 1;
      case INT8 -> (byte) (long) value;
      case UINT8 -> (byte) (long) value & 0xff;
      case INT16 -> (short) (long) value;
      case INT32 -> (int) (long) value;
      case INT64 -> (long) value;
      case UINT16 -> (long) value & 0xffff;
      case UINT32 -> (long) value & 0xffffffffL;
      case UINT64 -> unsigned((long) value);
      default -> throw new AssertionError(to);
    };
  }

  private static double unsigned(long bits) {
    return new BigInteger(Long.toUnsignedString(bits)).doubleValue();
  }

  /** Of the bits of a random number, those that the dtype has. */
  private static long mask(DType dtype) {
    return switch (dtype) {
      case BOOL -> 1;
      case UINT8 -> 0xff;
      case UINT16 -> 0xffff;
      case UINT32 -> 0xffffffffL;
      case UINT64 -> (1L << 53) - 1; // what a double holds
      default -> -1;
    };
  }

  /** To the nearest, ties to even. */
  private static float bfloat16(float value) {
    if (Float.isNaN(value)) {
      return value;
    }
    int bits = Float.floatToRawIntBits(value);
    bits += 0x7fff + (bits >>> 16 & 1);
    return Float.intBitsToFloat(bits & 0xffff0000);
  }

  /** What {@code from} can hold; of a floating type, only what C defines the conversion of. */
  private static double[] values(DType from, DType to) {
    List<Double> values = new ArrayList<>(List.of(0.0, 1.0, 2.0, 100.0, 127.0));
    Random random = new Random(3);
    boolean defined = !from.isFloatingPoint() || to.isFloatingPoint() || to == DType.BOOL;
    if (from.isFloatingPoint() && defined) {
      values.addAll(List.of(-0.0, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY));
      values.addAll(List.of(65504.0, 65519.0, 65520.0, 6e-8, 1e-40, -3.4e38, 1e300));
    }
    if (from.isFloatingPoint() && !to.name().startsWith("UINT")) {
      values.addAll(List.of(-1.5, -127.9));
    }
    for (int i = 0; i < RANDOM_COUNT; i++) {
      if (from.isFloatingPoint()) {
        double value = random.nextDouble() * 127;
        values.add(defined ? (value - 60) * Math.pow(2, random.nextInt(-30, 30)) : value);
      } else {
        values.add((double) (random.nextLong() >> random.nextInt(11, 64) & mask(from)));
      }
    }
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }
}
