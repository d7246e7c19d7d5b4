package io.github.narthex;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for every dtype and shape, tried with random ones in memory between guard pages. */
@ExtendWith(LeakCheck.class)
class TensorPropertiesTest {
  private static final int ROUNDS = 40;
  private static final List<DType> DTYPES =
      Arrays.stream(DType.values()).filter(dtype -> !dtype.isQuantized()).toList();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void roundTrips(long seed) {
    Random random = new Random(seed);
    for (int round = 0; round < ROUNDS; round++) {
      try (Arena arena = Arena.ofConfined();
          Arena other = Arena.ofConfined()) {
        DType dtype = DTYPES.get(random.nextInt(DTYPES.size()));
        Shape shape = shape(random);
        byte[] bytes = bytes(random, dtype, shape);
        MemorySegment memory =
            random.nextBoolean()
                ? GuardedMemory.atEnd(arena, bytes.length)
                : GuardedMemory.atStart(arena, bytes.length);
        memory.copyFrom(MemorySegment.ofArray(bytes));
        Tensor view = Tensor.of(arena, memory, dtype, shape);
        check(view, bytes, dtype, shape);
        check(Tensor.copyOf(arena, memory, dtype, shape), bytes, dtype, shape);
        check(view.keep(other), bytes, dtype, shape);
        check(view.keep(arena), bytes, dtype, shape);
        checkPermuted(view, bytes, random);
        checkParts(view, random);
        if (!dtype.isComplex()) {
          arithmetic(view);
        }
        assertArrayEquals(bytes, memory.toArray(JAVA_BYTE));
      }
    }
  }

  private static void check(Tensor tensor, byte[] bytes, DType dtype, Shape shape) {
    assertEquals(dtype, tensor.dtype());
    assertEquals(shape, tensor.shape());
    assertEquals(shape.elementCount(), tensor.elementCount());
    assertEquals(bytes.length, tensor.byteSize());
    assertArrayEquals(bytes, tensor.segment().toArray(JAVA_BYTE));
    assertArrayEquals(bytes, read(tensor));
    assertArrayEquals(bytes, read(tensor.contiguous()));
    if (shape.rank() == 4) {
      assertArrayEquals(bytes, read(tensor.contiguous(MemoryFormat.CHANNELS_LAST)));
    }
  }

  /** A view with its dimensions in another order, against the same by index arithmetic. */
  private static void checkPermuted(Tensor tensor, byte[] bytes, Random random) {
    Shape shape = tensor.shape();
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < shape.rank(); i++) {
      order.add(i);
    }
    Collections.shuffle(order, random);
    long[] dims = order.stream().mapToLong(Integer::longValue).toArray();
    Tensor permuted =
        Operator.of("aten::permute").tensor(tensor.arena(), Value.of(tensor), Value.of(dims));
    int size = (int) tensor.dtype().byteSize();
    byte[] expected = new byte[bytes.length];
    long[] strides = permuted.strides();
    for (int i = 0; i < shape.elementCount(); i++) {
      long rest = i;
      long from = 0;
      for (int d = shape.rank() - 1; d >= 0; d--) {
        long dim = permuted.shape().dim(d);
        from += rest % dim * strides[d];
        rest /= dim;
      }
      System.arraycopy(bytes, (int) from * size, expected, i * size, size);
    }
    assertArrayEquals(expected, read(permuted));
    assertArrayEquals(expected, read(permuted.contiguous()));
    if (permuted.isContiguous()) {
      assertArrayEquals(expected, permuted.segment().toArray(JAVA_BYTE));
    }
  }

  /** Views of a random part, and writing through them, against the same on a copy. */
  private static void checkParts(Tensor tensor, Random random) {
    if (tensor.shape().rank() == 0
        || tensor.elementCount() == 0
        || OlderTorch.lacksUnsigned(tensor.dtype())) {
      return;
    }
    int dim = random.nextInt(tensor.shape().rank());
    int size = (int) tensor.shape().dim(dim);
    int start = random.nextInt(size);
    int step = random.nextInt(1, 4);
    Tensor view = tensor.slice(dim, start, Long.MAX_VALUE, step);
    long[] positions =
        LongStream.range(0, size).filter(i -> i >= start && (i - start) % step == 0).toArray();
    Tensor index = Tensor.of(tensor.arena(), positions, positions.length);
    Tensor part = tensor.indexSelect(dim, index);
    assertTrue(view.sameElements(part));
    assertTrue(tensor.narrow(dim, start, 1).sameElements(tensor.slice(dim, start, start + 1)));
    assertTrue(tensor.select(dim, start).sameElements(tensor.narrow(dim, start, 1).squeeze(dim)));
    Tensor before = tensor.copy(tensor.arena());
    assertTrue(before.sameElements(tensor));
    view.fillInPlace(1);
    assertEquals(before.sameElements(tensor), view.sameElements(part));
    assertSame(view, view.copyFrom(part));
    assertTrue(before.sameElements(tensor));
  }

  /** Vector code must not read past the end. */
  private static void arithmetic(Tensor tensor) {
    Tensor sum = tensor.to(DType.FLOAT32).add(tensor.to(DType.FLOAT32));
    double[] single = tensor.to(DType.FLOAT32).toDoubleArray();
    double[] twice = sum.toDoubleArray();
    for (int i = 0; i < single.length; i++) {
      assertEquals((float) (single[i] + single[i]), twice[i], 0);
    }
  }

  private static byte[] read(Tensor tensor) {
    byte[] bytes = new byte[(int) tensor.byteSize()];
    tensor.copyTo(MemorySegment.ofArray(bytes));
    return bytes;
  }

  private static Shape shape(Random random) {
    long[] dims = new long[random.nextInt(6)];
    for (int i = 0; i < dims.length; i++) {
      dims[i] = random.nextInt(10) == 0 ? 0 : random.nextInt(1, 8);
    }
    return Shape.of(dims);
  }

  private static byte[] bytes(Random random, DType dtype, Shape shape) {
    byte[] bytes = new byte[(int) shape.byteSize(dtype)];
    random.nextBytes(bytes);
    for (int i = 0; dtype == DType.BOOL && i < bytes.length; i++) {
      bytes[i] &= 1;
    }
    return bytes;
  }
}
