package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DTypeTest {
  @ParameterizedTest
  @EnumSource
  void parsesWhatItPrints(DType dtype) {
    assertEquals(dtype, DType.parse(dtype.toString()));
  }

  @Test
  void namesAllDtypesWhenItKnowsNotThisOne() {
    var e = assertThrows(IllegalArgumentException.class, () -> DType.parse("float33"));
    assertEquals(
        "unknown dtype 'float33': expected one of float32, float64, float16, bfloat16, int8, int16,"
            + " int32, int64, uint8, uint16, uint32, uint64, bool, complex64, complex128,"
            + " float8_e4m3fn, float8_e4m3fnuz, float8_e5m2, float8_e5m2fnuz, float8_e8m0fnu,"
            + " qint8, quint8, qint32",
        e.getMessage());
  }
}
