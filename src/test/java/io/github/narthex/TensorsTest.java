package io.github.narthex;

import static io.github.narthex.MoreAssertions.assertThrowsWith;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.io.Npy;
import io.github.narthex.io.NpyArray;
import java.lang.foreign.Arena;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tensors made of nothing, against those that Python's torch makes. */
@ExtendWith(LeakCheck.class)
class TensorsTest {
  private static final long SEED = 20261121;

  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  private void assertExpected(String name, Tensor actual) {
    NpyArray array = Npy.read(arena, Fixtures.path("tensors/" + name + ".npy"));
    Tensor expected = Tensor.of(arena, array.data(), array.dtype(), array.shape());
    if (actual.dtype() == DType.BFLOAT16) {
      assertTrue(actual.to(DType.FLOAT32).allClose(expected, 0.01, 0), name + actual);
      return;
    }
    assertEquals(expected.dtype(), actual.dtype());
    // Between processors, libtorch's code for normal numbers differs in the last digits.
    boolean same =
        actual.dtype().isFloatingPoint()
            ? actual.allClose(expected, 1e-5, 1e-6)
            : actual.sameElements(expected);
    assertTrue(same, () -> name + ": expected " + expected + ", got " + actual);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.MATCH_NONE, names = "Q.*")
  void oneNumberEverywhere(DType dtype) {
    Shape shape = Shape.of(2, 3);
    double[] zeros = {0, 0, 0, 0, 0, 0};
    double[] ones = {1, 1, 1, 1, 1, 1};
    Tensor zero = Tensors.zeros(arena, dtype, shape);
    assertEquals(dtype, zero.dtype());
    assertEquals(shape, zero.shape());
    if (dtype != DType.FLOAT8_E8M0FNU) { // which has no zero
      assertArrayEquals(zeros, real(zero));
    }
    assertArrayEquals(ones, real(Tensors.ones(arena, dtype, shape)));
    assertArrayEquals(ones, real(Tensors.full(arena, dtype, shape, 1)));
    assertEquals(0, Tensors.ones(arena, dtype, Shape.of(0, 5)).elementCount());
    assertEquals(Shape.SCALAR, Tensors.full(arena, dtype, Shape.SCALAR, 1.0).shape());
  }

  private static double[] real(Tensor tensor) {
    return tensor.dtype().isComplex()
        ? tensor.viewAsReal().select(-1, 0).toDoubleArray()
        : tensor.toDoubleArray();
  }

  @Test
  void fullIsExact() {
    long odd = (1L << 53) + 1;
    assertEquals(odd, Tensors.full(arena, DType.INT64, Shape.SCALAR, odd).toLongArray()[0]);
    assertEquals(0.1, Tensors.full(arena, DType.FLOAT64, Shape.SCALAR, 0.1).item());
  }

  @Test
  void rows() {
    assertExpected("arange-int64", Tensors.arange(arena, DType.INT64, -3, 8, 2));
    assertExpected("arange-float32", Tensors.arange(arena, DType.FLOAT32, 0.5, 2, 0.25));
    assertExpected("arange-down", Tensors.arange(arena, DType.INT32, 5, -5, -3));
    assertExpected("linspace-float64", Tensors.linspace(arena, DType.FLOAT64, -1, 1, 7));
    assertExpected("linspace-int32", Tensors.linspace(arena, DType.INT32, 0, 10, 4));
    assertArrayEquals(new int[] {0, 1, 2}, Tensors.arange(arena, DType.UINT8, 3).toIntArray());
    assertEquals(0, Tensors.arange(arena, DType.INT64, 0).elementCount());
  }

  /** One generator, whose state goes on from draw to draw. */
  @Test
  void randomNumbersAreThoseOfPython() {
    Generator generator = Generator.seeded(arena, SEED);
    assertExpected("rand-float32", Tensors.rand(arena, DType.FLOAT32, Shape.of(3, 5), generator));
    assertExpected(
        "randn-float32", Tensors.randn(arena, DType.FLOAT32, Shape.of(4, 25), generator));
    assertExpected("randn-few", Tensors.randn(arena, DType.FLOAT32, Shape.of(3), generator));
    assertExpected(
        "randint-int64", Tensors.randint(arena, DType.INT64, Shape.of(2, 10), -5, 1000, generator));
    assertExpected(
        "randint-uint8", Tensors.randint(arena, DType.UINT8, Shape.of(20), 0, 256, generator));
    assertExpected("rand-float64", Tensors.rand(arena, DType.FLOAT64, Shape.of(9), generator));
    assertExpected("randn-float64", Tensors.randn(arena, DType.FLOAT64, Shape.of(33), generator));
    Tensor halves = Tensors.rand(arena, DType.FLOAT16, Shape.of(9), generator);
    Tensor brains = Tensors.randn(arena, DType.BFLOAT16, Shape.of(9), generator);
    if (!OlderTorch.drawsOtherHalves()) {
      assertExpected("rand-float16", halves);
      assertExpected("randn-bfloat16", brains);
    }
    Tensor weights = Tensors.ones(arena, DType.FLOAT32, Shape.of(50));
    assertExpected(
        "multinomial",
        Operator.of("aten::multinomial")
            .tensor(arena, Value.of(weights), Value.of(12), Value.of(false), Value.of(generator)));
  }

  @Test
  void aGeneratorTellsItsSeed() {
    assertEquals("Generator[seed=-3]", Generator.seeded(arena, -3).toString());
  }

  @Test
  void generatorsDoNotDisturbEachOther() {
    Shape shape = Shape.of(50);
    Tensor alone = Tensors.rand(arena, DType.FLOAT32, shape, Generator.seeded(arena, 1));
    Generator generator = Generator.seeded(arena, 1);
    Tensors.rand(arena, DType.FLOAT32, shape, Generator.seeded(arena, 2));
    Operator.of("aten::rand").tensor(arena, Value.of(new long[] {10})); // libtorch's own
    assertTrue(Tensors.rand(arena, DType.FLOAT32, shape, generator).sameElements(alone));
    assertFalse(Tensors.rand(arena, DType.FLOAT32, shape, generator).sameElements(alone));
  }

  /** Each number is drawn once, whoever draws it. */
  @Test
  void threadsShareAGenerator() throws Exception {
    try (Arena shared = Arena.ofShared();
        ExecutorService threads = Executors.newFixedThreadPool(4)) {
      Generator generator = Generator.seeded(shared, 3);
      Generator same = Generator.seeded(shared, 3);
      Future<?>[] draws = new Future<?>[40];
      for (int i = 0; i < draws.length; i++) {
        draws[i] =
            threads.submit(() -> Tensors.rand(shared, DType.FLOAT64, Shape.of(100), generator));
      }
      for (Future<?> draw : draws) {
        draw.get();
        Tensors.rand(shared, DType.FLOAT64, Shape.of(100), same);
      }
      assertTrue(
          Tensors.rand(shared, DType.FLOAT64, Shape.of(10), generator)
              .sameElements(Tensors.rand(shared, DType.FLOAT64, Shape.of(10), same)));
    }
  }

  @Test
  void badInput() throws Exception {
    Generator generator = Generator.seeded(arena, 0);
    assertThrowsWith(
        IllegalArgumentException.class,
        "needs a scale and a zero point",
        () -> Tensors.zeros(arena, DType.QINT8, Shape.of(1)));
    assertThrows(OperatorException.class, () -> Tensors.arange(arena, DType.INT64, 0, 5, 0));
    assertThrows(OperatorException.class, () -> Tensors.arange(arena, DType.INT64, 0, 5, -1));
    assertThrows(OperatorException.class, () -> Tensors.linspace(arena, DType.FLOAT32, 0, 1, -1));
    assertThrows(
        UnsupportedException.class, () -> Tensors.rand(arena, DType.INT32, Shape.of(2), generator));
    assertThrows(
        OperatorException.class,
        () -> Tensors.randint(arena, DType.INT32, Shape.of(2), 5, 5, generator));
    assertThrows(
        DeviceMemoryException.class, () -> Tensors.zeros(arena, DType.FLOAT64, Shape.of(1L << 50)));
    Generator closed;
    try (Arena inner = Arena.ofConfined()) {
      closed = Generator.seeded(inner, 0);
    }
    assertThrowsWith(
        IllegalStateException.class,
        "the generator is closed",
        () -> Tensors.rand(arena, DType.FLOAT32, Shape.of(2), closed));
    Thread other =
        new Thread(
            () -> {
              try (Arena own = Arena.ofConfined()) {
                assertThrowsWith(
                    WrongThreadException.class,
                    "the generator belongs to a confined arena",
                    () -> Tensors.rand(own, DType.FLOAT32, Shape.of(2), generator));
              }
            });
    Throwable[] failure = new Throwable[1];
    other.setUncaughtExceptionHandler((_, e) -> failure[0] = e);
    other.start();
    other.join();
    assertEquals(null, failure[0]);
  }
}
