package io.github.narthex.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class InputGeneratorTest {
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1x3x32x32",
        "2x16000:float64",
        "1x64:bfloat16",
        "1x1x28x28:float16",
        "1x128:int64:0..999",
        "1x3x8x32x32",
        "1x16x32:float32:-1..1",
        "64x1"
      })
  void dependsOnSeedArgumentAndSampleAlone(String text) {
    MemorySegment first = fill(text, 7, 0, 0);
    assertEquals(-1, first.mismatch(fill(text, 7, 0, 0)));
    assertNotEquals(-1, first.mismatch(fill(text, 8, 0, 0)));
    assertNotEquals(-1, first.mismatch(fill(text, 7, 1, 0)));
    assertNotEquals(-1, first.mismatch(fill(text, 7, 0, 1)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"3x3x64x64", "2x1000", "3x4x100", "2x3x4x5:float64"})
  void normalisesFloats(String text) {
    var spec = (InputSpec.Generated) InputSpec.parse(text);
    for (int sample = 0; sample < 16; sample++) {
      double[] values = values(spec, fill(text, 1, 0, sample));
      double mean = 0;
      double squares = 0;
      for (double value : values) {
        mean += value / values.length;
        squares += value * value / values.length;
      }
      assertEquals(0, mean, 1e-3);
      assertEquals(1, squares, 1e-3);
    }
  }

  @Test
  void drawsImagesSmoothly() {
    // Neighbours of a photograph are alike; those of white noise differ by 2 on average.
    double[] values =
        values((InputSpec.Generated) InputSpec.parse("1x3x64x64"), fill("1x3x64x64", 1, 0, 0));
    double difference = 0;
    for (int i = 1; i < values.length; i++) {
      difference += Math.pow(values[i] - values[i - 1], 2) / values.length;
    }
    assertTrue(difference < 0.5, "mean squared difference " + difference);
  }

  @ParameterizedTest
  @CsvSource({
    "4000:int64:-2..2, -2, 2, 5",
    "4000:uint8, 0, 255, 256",
    "4000:int8, -128, 127, 256",
    "4000:int64, 0, 1, 2",
    "4000:int32, 0, 1, 2",
    "4000:bool, 0, 1, 2",
    "4000:int64:5..5, 5, 5, 1",
  })
  void drawsIntegersFromTheWholeRange(String text, double low, double high, int different) {
    var spec = (InputSpec.Generated) InputSpec.parse(text);
    Set<Double> seen = new HashSet<>();
    for (double value : values(spec, fill(text, 3, 0, 0))) {
      assertTrue(value >= low && value <= high, "value " + value);
      seen.add(value);
    }
    assertEquals(different, seen.size());
  }

  @Test
  void fillsTheRangeOfFloats() {
    var spec = (InputSpec.Generated) InputSpec.parse("1x3x16x16:float32:0..1");
    double low = Double.MAX_VALUE;
    double high = -Double.MAX_VALUE;
    for (double value : values(spec, fill(spec.toString(), 3, 0, 0))) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    assertEquals(0, low, 1e-6);
    assertEquals(1, high, 1e-6);
  }

  @ParameterizedTest
  @ValueSource(strings = {"scalar", "1", "1x1", "0x3", "3x0x2", "1x3x4x4", "scalar:int64"})
  void doesNotFailOnSmallShapes(String text) {
    for (double value : values((InputSpec.Generated) InputSpec.parse(text), fill(text, 1, 0, 0))) {
      assertTrue(Double.isFinite(value));
    }
  }

  @Test
  void refusesASegmentOfAnotherSize() {
    var spec = (InputSpec.Generated) InputSpec.parse("2x3");
    var e =
        assertThrows(
            IllegalArgumentException.class,
            () -> InputGenerator.of(1).fill(spec, 0, 0, arena.allocate(20)));
    assertEquals("input 2x3:float32 takes 24 bytes, the segment has 20", e.getMessage());
  }

  private MemorySegment fill(String text, long seed, int argument, int sample) {
    var spec = (InputSpec.Generated) InputSpec.parse(text);
    MemorySegment target = arena.allocate(spec.shape().byteSize(spec.dtype()));
    InputGenerator.of(seed).fill(spec, argument, sample, target);
    return target;
  }

  private static double[] values(InputSpec.Generated spec, MemorySegment data) {
    double[] values = new double[(int) spec.shape().elementCount()];
    for (int i = 0; i < values.length; i++) {
      values[i] = Elements.getDouble(data, spec.dtype(), i);
    }
    return values;
  }
}
