package io.github.narthex;

import static io.github.narthex.MoreAssertions.assertThrowsWith;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(LeakCheck.class)
class EqualityChecksTest {
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  private Tensor floats(float... values) {
    return Tensor.of(arena, values, values.length);
  }

  @Test
  void sameBits() {
    Tensor x = floats(1, Float.NaN, 0);
    assertTrue(x.sameElements(floats(1, Float.NaN, 0)));
    assertFalse(x.sameElements(floats(1, Float.NaN, -0f)));
    assertFalse(x.sameElements(floats(1, Float.NaN)));
    assertFalse(x.sameElements(x.reshape(3, 1)));
    assertFalse(floats(1).sameElements(Tensor.of(arena, new int[] {1}, 1)));
    assertNotEquals(x, x.keep(arena));
    try (Arena other = Arena.ofConfined()) {
      assertTrue(x.sameElements(x.copy(other)));
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.MATCH_NONE, names = "Q.*")
  void ofEveryDtype(DType dtype) {
    Tensor x = Tensors.ones(arena, dtype, Shape.of(3, 2));
    Tensor y = Tensors.ones(arena, dtype, Shape.of(2, 3)).transpose(0, 1);
    assertTrue(x.sameElements(y));
    assertTrue(x.allClose(y, 0, 0));
    y.select(0, 1).fillInPlace(dtype == DType.BOOL ? 0 : 2);
    assertFalse(x.sameElements(y));
    assertFalse(x.allClose(y, 0.1, 0.1));
    assertTrue(x.allClose(y, 0, 1));
  }

  @Test
  void closeWithinBothTolerances() {
    assertTrue(floats(100).allClose(floats(101), 0.01, 0));
    assertFalse(floats(101).allClose(floats(100), 0.0099, 0));
    assertTrue(floats(101).allClose(floats(100), 0.0099, 0.02));
    float infinity = Float.POSITIVE_INFINITY;
    assertTrue(floats(infinity).allClose(floats(infinity), 0, 0));
    assertFalse(floats(infinity).allClose(floats(-infinity), 1, 1));
    assertFalse(floats(Float.NaN).allClose(floats(Float.NaN), 1, 1));
    assertFalse(floats(1).allClose(floats(1, 1), 1, 1));
    assertTrue(floats().allClose(floats(), 0, 0));
    assertTrue(floats(1).allClose(Tensor.of(arena, new long[] {1}, 1), 0, 0));
    Tensor x = floats(1, 2);
    Tensor quantised =
        Operator.of("aten::quantize_per_tensor")
            .tensor(arena, Value.of(x), Value.of(0.25), Value.of(0), Value.of(DType.QINT8));
    assertTrue(quantised.allClose(x, 0, 0));
    assertTrue(quantised.sameElements(quantised.copy(arena)));
    assertThrowsWith(
        IllegalArgumentException.class, "at least 0", () -> x.allClose(x, Double.NaN, 0));
    assertThrowsWith(IllegalArgumentException.class, "at least 0", () -> x.allClose(x, 0, -1));
  }
}
