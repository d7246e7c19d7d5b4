package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ShapeTest {
  @ParameterizedTest
  @ValueSource(strings = {"scalar", "1", "0", "1x3x224x224", "9223372036854775807x0"})
  void parsesWhatItPrints(String text) {
    assertEquals(text, Shape.parse(text).toString());
  }

  @Test
  void isAValue() {
    long[] dims = {2, 3};
    Shape shape = Shape.of(dims);
    dims[0] = 9;
    shape.toArray()[1] = 9;
    assertEquals(Shape.of(2, 3), shape);
    assertEquals(Shape.of(2, 3).hashCode(), shape.hashCode());
    assertArrayEquals(new long[] {2, 3}, shape.toArray());
    assertEquals(Shape.SCALAR, Shape.of());
  }

  @Test
  void countsElementsAndBytes() {
    assertEquals(1, Shape.SCALAR.elementCount());
    assertEquals(0, Shape.of(Long.MAX_VALUE, Long.MAX_VALUE, 0).elementCount());
    assertEquals(24, Shape.of(2, 3, 4).elementCount());
    assertEquals(48, Shape.of(2, 3, 4).byteSize(DType.BFLOAT16));
    assertEquals(Long.MAX_VALUE, Shape.of(Long.MAX_VALUE).elementCount());
  }

  @Test
  void refusesToOverflow() {
    for (Shape shape :
        new Shape[] {
          Shape.of(1L << 32, 1L << 31), Shape.of(1L << 32, 1L << 32), Shape.of(3, Long.MAX_VALUE)
        }) {
      var e = assertThrows(ArithmeticException.class, shape::elementCount);
      assertEquals("shape " + shape + " has more than 2^63 - 1 elements", e.getMessage());
    }
    assertThrows(ArithmeticException.class, () -> Shape.of(1L << 61).byteSize(DType.FLOAT32));
  }

  @ParameterizedTest
  @CsvSource({
    "'', 1",
    "1x, 3",
    "x1, 1",
    "1xx2, 3",
    "1x-3, 3",
    "1 x2, 1",
    "1X3, 1",
    "1x99999999999999999999, 3"
  })
  void saysWhereTheTextIsWrong(String text, int position) {
    var e = assertThrows(IllegalArgumentException.class, () -> Shape.parse(text));
    assertEquals(
        "bad shape '%s' at position %d".formatted(text, position),
        String.valueOf(e.getMessage()).split(":", 2)[0]);
  }

  @Test
  void refusesNegativeSizesAndIndices() {
    assertThrows(IllegalArgumentException.class, () -> Shape.of(2, -1));
    var e = assertThrows(IndexOutOfBoundsException.class, () -> Shape.of(2, 3).dim(2));
    assertEquals("dimension 2 of shape 2x3, which has rank 2", e.getMessage());
    assertThrows(IndexOutOfBoundsException.class, () -> Shape.of(2, 3).dim(-1));
  }
}
