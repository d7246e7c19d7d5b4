package io.github.narthex;

import static io.github.narthex.MoreAssertions.assertThrowsWith;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.io.Npy;
import io.github.narthex.io.NpyArray;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakCheck.class)
class IndexOperatorsTest {
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  private Tensor longs(long... values) {
    return Tensor.of(arena, values, values.length);
  }

  /** 0 to 59 as 3 x 4 x 5. */
  private Tensor box() {
    return Tensors.arange(arena, DType.INT64, 60).reshape(3, 4, 5);
  }

  private void assertExpected(String name, Tensor actual) {
    NpyArray array = Npy.read(arena, Fixtures.path("tensors/" + name + ".npy"));
    Tensor expected = Tensor.of(arena, array.data(), array.dtype(), array.shape());
    assertTrue(
        actual.sameElements(expected), () -> name + ": expected " + expected + ", got " + actual);
  }

  @Test
  void indicesAsInPython() {
    Tensor x = box();
    assertExpected("index-long", x.index(longs(0, 2, 1, -1).reshape(2, 2), longs(3, 0)));
    assertExpected("index-skipping", x.index(null, longs(1, 1, 3)));
    assertExpected("index-mask", x.index(x.remainder(7).eq(0)));
    assertExpected("index-mask", x.maskedSelect(x.remainder(7).eq(0)));
    Tensor mask = Tensor.of(arena, new boolean[] {true, false, true}, 3);
    assertExpected("index-mask-and-long", x.index(mask, longs(0, 3)));
    assertExpected("slice", x.slice(0, 1, Long.MAX_VALUE).slice(1, -3, -1).slice(2, 0, 5, 2));
    assertSame(x, x.indexPutInPlace(longs(-1, -2), null, longs(0, 2), longs(1)));
    assertExpected("index-put", x);
  }

  @Test
  void viewsShareMemory() {
    MemorySegment memory = arena.allocate(24, 8);
    Tensor x = Tensor.of(arena, memory, DType.FLOAT32, Shape.of(2, 3));
    Tensor column = x.select(1, -1);
    assertEquals(Shape.of(2), column.shape());
    column.copyFrom(Tensor.of(arena, new double[] {5, 6}, 2)); // converted
    x.narrow(0, 1, 1).slice(1, 0, 2).fillInPlace(7);
    assertArrayEquals(new float[] {0, 0, 5, 7, 7, 6}, memory.toArray(JAVA_FLOAT));
    x.copyFrom(Tensor.of(arena, new long[] {1, 2, 3}, 3)); // broadcast
    assertArrayEquals(new float[] {1, 2, 3, 1, 2, 3}, memory.toArray(JAVA_FLOAT));
    memory.setAtIndex(JAVA_FLOAT, 5, 9);
    assertArrayEquals(new float[] {3, 9}, column.toFloatArray());
    // What an index takes is a copy.
    Tensor taken = x.indexSelect(1, longs(2, 0));
    x.fillInPlace(0);
    assertArrayEquals(new float[] {3, 1, 9, 1}, taken.toFloatArray());
  }

  /** Writing gives no new handle, and works on what a model returned. */
  @Test
  void writesInPlace() {
    Tensor result =
        Model.load(arena, Fixtures.path("models/identity.pt"))
            .forward(arena, Tensor.of(arena, new float[] {1, 2}, 2));
    assertSame(result, result.fillInPlace(3));
    assertSame(result, result.copyFrom(result.select(0, 1).copy(arena)));
    assertArrayEquals(new float[] {3, 3}, result.toFloatArray());
    assertEquals(
        1, Tensors.zeros(arena, DType.INT64, Shape.SCALAR).fillInPlace(1).toLongArray()[0]);
  }

  @Test
  void badInput() {
    Tensor x = box();
    assertThrows(OperatorException.class, () -> x.select(3, 0));
    assertThrows(OperatorException.class, () -> x.select(0, 3));
    assertThrows(OperatorException.class, () -> x.narrow(0, 2, 2));
    assertThrows(OperatorException.class, () -> x.slice(0, 0, 3, 0));
    assertThrowsWith(OperatorException.class, "out of", () -> x.index(longs(3)));
    assertThrows(OperatorException.class, () -> x.indexSelect(0, longs(-1)));
    assertThrows(OperatorException.class, () -> x.indexPutInPlace(longs(1), longs(7)));
    assertThrows(OperatorException.class, () -> x.index(longs(0), longs(0), longs(0), longs(0)));
    assertThrows(OperatorException.class, () -> x.maskedSelect(longs(1)));
    assertThrows(OperatorException.class, () -> x.copyFrom(longs(1, 2, 3)));
    // Written to and read from at once, or written to twice.
    assertThrows(OperatorException.class, () -> x.copyFrom(x.select(0, 1)));
    assertThrows(OperatorException.class, () -> longs(1).expand(5).copyFrom(longs(2)));
    assertThrows(IllegalArgumentException.class, () -> x.fillInPlace(java.math.BigInteger.ONE));
    assertTrue(x.sameElements(box()));
  }
}
