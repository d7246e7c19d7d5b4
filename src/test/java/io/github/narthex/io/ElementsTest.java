package io.github.narthex.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ElementsTest {
  @ParameterizedTest
  @EnumSource
  void returnsWhatWasSet(DType dtype) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment data = arena.allocate(2 * dtype.byteSize());
      if (!Elements.areNumbers(dtype)) {
        assertThrows(IllegalArgumentException.class, () -> Elements.setDouble(data, dtype, 1, 1.0));
        assertThrows(IllegalArgumentException.class, () -> Elements.getLong(data, dtype, 1));
        return;
      }
      Elements.setDouble(data, dtype, 1, 1.0);
      assertEquals(1.0, Elements.getDouble(data, dtype, 1));
      assertEquals(1, Elements.getLong(data, dtype, 1));
      assertEquals(0.0, Elements.getDouble(data, dtype, 0));
      Elements.setLong(data, dtype, 0, 1);
      assertEquals(1, Elements.getLong(data, dtype, 0));
    }
  }

  @Test
  void keepsSigns() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment data = arena.allocate(8);
      Elements.setLong(data, DType.UINT8, 0, 255);
      assertEquals(255, Elements.getLong(data, DType.UINT8, 0));
      assertEquals(-1, Elements.getLong(data, DType.INT8, 0));
      Elements.setLong(data, DType.UINT16, 0, -1);
      assertEquals(65535, Elements.getLong(data, DType.UINT16, 0));
      Elements.setLong(data, DType.UINT32, 0, -1);
      assertEquals(4294967295L, Elements.getLong(data, DType.UINT32, 0));
      Elements.setLong(data, DType.UINT64, 0, -1);
      assertEquals(-1, Elements.getLong(data, DType.UINT64, 0));
      assertEquals(0x1p64, Elements.getDouble(data, DType.UINT64, 0));
      Elements.setLong(data, DType.INT64, 0, Long.MIN_VALUE + 1);
      assertEquals(Long.MIN_VALUE + 1, Elements.getLong(data, DType.INT64, 0));
    }
  }

  @Test
  void roundsToTheNearestBfloat16AndThenToEven() {
    assertEquals(0x3f80, Elements.floatToBfloat16(1f));
    assertEquals(0x3f80, Elements.floatToBfloat16(Float.intBitsToFloat(0x3f808000)));
    assertEquals(0x3f82, Elements.floatToBfloat16(Float.intBitsToFloat(0x3f818000)));
    assertEquals(0x3f81, Elements.floatToBfloat16(Float.intBitsToFloat(0x3f808001)));
    assertEquals(0x7f80, Elements.floatToBfloat16(Float.MAX_VALUE));
    assertEquals(0x7f80, Elements.floatToBfloat16(Float.POSITIVE_INFINITY));
    assertEquals((short) 0x8000, Elements.floatToBfloat16(-0f));
    float nan = Float.intBitsToFloat(0x7f800001);
    assertTrue(Float.isNaN(Elements.bfloat16ToFloat(Elements.floatToBfloat16(nan))));
  }
}
