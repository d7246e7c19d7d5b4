package io.github.narthex;

import static io.github.narthex.MoreAssertions.assertThrowsWith;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.Executable;

/** What the typed methods say to bad input. */
@ExtendWith(LeakCheck.class)
class OperatorMisuseTest {
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  private Tensor zeros(long... shape) {
    return Tensor.of(arena, new float[(int) Shape.of(shape).elementCount()], shape);
  }

  private Tensor whole(long... values) {
    return Tensor.of(arena, values, values.length);
  }

  private static void refused(String part, Executable call) {
    assertThrowsWith(OperatorException.class, part, call);
  }

  @Test
  void shapesThatDoNotFit() {
    Tensor x = zeros(2, 3);
    refused(
        "The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 1"
            + " (aten::add.Tensor called with float32 2x3, float32 4)",
        () -> x.add(zeros(4)));
    refused(
        "mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)"
            + " (aten::matmul called with float32 2x3, float32 2x3)",
        () -> x.matmul(x));
    refused("shape '[4, 2]' is invalid for input of size 6", () -> x.reshape(4, 2));
    refused("only one dimension can be inferred", () -> x.reshape(-1, -1));
    refused("The expanded size of the tensor (4) must match", () -> x.expand(2, 4));
    refused("Sizes of tensors must match except in dimension 0", () -> cat(0, x, zeros(2, 4)));
    refused("stack expects each tensor to be equal size", () -> stack(x, zeros(2, 4)));
    refused("expected a non-empty list of Tensors", () -> cat(0));
    refused("split_with_sizes expects split_sizes to sum exactly", () -> splitWrongly(x));
    refused("aten::conv2d called with float32 2x3, float32 2x3", () -> x.conv2d(x, null, 1, 0));
    refused("normalized_shape=[2]", () -> x.layerNorm(new long[] {2}, null, null, 1e-5));
    refused("divisible", () -> zeros(1, 3, 2).groupNorm(2, null, null, 1e-5));
    refused("Padding length", () -> x.pad(new long[] {1}, 0));
    refused("number of dimensions in the tensor input does not match", () -> x.permute(0));
  }

  private Tensor cat(long dim, Tensor... tensors) {
    return ShapeOperators.cat(arena, List.of(tensors), dim);
  }

  private Tensor stack(Tensor... tensors) {
    return ShapeOperators.stack(arena, List.of(tensors), 0);
  }

  private static void splitWrongly(Tensor x) {
    assertFalse(x.split(new long[] {1, 1}, 1).isEmpty());
  }

  @Test
  void dimensionsThatAreNotThere() {
    Tensor x = zeros(2, 3);
    String range = "Dimension out of range (expected to be in range of [-2, 1], but got 2)";
    for (Executable call :
        List.<Executable>of(
            () -> x.sum(2),
            () -> x.softmax(2),
            () -> x.max(2, false),
            () -> x.cumsum(2),
            () -> x.transpose(0, 2),
            () -> x.squeeze(2),
            () -> x.split(1, 2),
            () -> x.sort(2, false),
            () -> x.topk(1, 2, true),
            () -> cat(2, x, x))) {
      refused(range, call);
    }
    refused("dim 1 appears multiple times", () -> x.sum(1, -1));
    refused("selected index k out of range", () -> x.topk(4));
    refused("Expected reduction dim", () -> zeros(0).argmax());
    refused("chunk expects `chunks` to be greater than 0", () -> x.chunk(0, 0));
    refused("split_size", () -> x.split(-1, 0));
  }

  @Test
  void dtypesThatDoNotFit() {
    Tensor whole = whole(1, 2, 3);
    assertThrowsWith(
        OlderTorch.otherDtype(),
        "mean(): could not infer output dtype. Input dtype must be either a floating point or"
            + " complex dtype. Got: Long (aten::mean.dim called with int64 3)",
        whole::mean);
    assertThrowsWith(
        UnsupportedException.class,
        "not implemented for 'Long' (aten::softmax.int called with int64 3)",
        () -> whole.softmax(0));
    refused(
        "(aten::linear called with float32 1x3, float64 2x3)",
        () -> zeros(1, 3).linear(Tensor.of(arena, new double[6], 2, 3), null));
    refused("where expected condition to be a boolean tensor", () -> zeros(3).where(whole, 0));
    refused("Expected dtype int", () -> zeros(3).gather(0, zeros(3)));
    Tensor flags = Tensor.of(arena, new boolean[] {true}, 1);
    assertThrowsWith(
        OlderTorch.otherDtype(),
        "on a bool tensor is not supported. If you are trying to invert a mask",
        flags::neg);
    assertThrowsWith(
        IllegalArgumentException.class,
        "expected an int, long, float or double, got a java.math.BigInteger",
        () -> whole.add(BigInteger.ONE));
    assertThrowsWith(
        IllegalArgumentException.class,
        "NEAREST can't align corners",
        () -> zeros(1, 1, 2, 2).interpolate(4, 4, Interpolation.NEAREST, true));
  }

  /** An index that is not there must not read what lies beside a table. */
  @Test
  void indicesThatAreNotThere() {
    Tensor x = zeros(3);
    for (long index : new long[] {3, -1, Long.MAX_VALUE, Long.MIN_VALUE}) {
      refused("out of ", () -> whole(index).embedding(zeros(3, 2)));
      refused("out of bounds", () -> x.gather(0, whole(index)));
      refused("out of bounds", () -> x.scatter(0, whole(index), 1));
      refused("out of bounds", () -> x.scatter(0, whole(index), zeros(1)));
    }
  }

  @Test
  void numbersThatAreTooLarge() {
    Tensor x = zeros(2);
    long huge = Long.MAX_VALUE;
    for (Executable call :
        List.<Executable>of(
            () -> x.repeat(huge),
            () -> x.pad(new long[] {huge, huge}, 0),
            () -> x.reshape(huge, huge),
            () -> x.expand(huge, 3),
            () -> x.split(huge, huge),
            () -> x.permute(huge),
            () -> x.topk(huge),
            () -> x.reshape(1, 1, 2).maxPool1d(huge, huge, huge),
            () -> x.reshape(1, 1, 2).avgPool1d(huge, 1, 0),
            () -> x.reshape(1, 1, 1, 2).interpolate(huge, huge, Interpolation.BILINEAR),
            () -> x.reshape(1, 1, 1, 2).adaptiveAvgPool2d(huge, huge),
            () -> x.reshape(1, 1, 2).conv1d(zeros(1, 1, 1), null, 0, huge),
            () -> x.reshape(1, 1, 2).conv1d(zeros(1, 1, 1), null, 1, 0, huge, 0),
            () -> x.reshape(1, 2, 1).groupNorm(huge, null, null, 0))) {
      assertThrows(NarthexException.class, call);
    }
  }

  @Test
  void arenasAndThreads() throws InterruptedException {
    Tensor mine = zeros(2);
    Arena ended = Arena.ofConfined();
    Tensor closed = Tensor.of(ended, new float[] {1, 2}, 2);
    ended.close();
    assertThrowsWith(IllegalStateException.class, "the tensor is closed", () -> mine.add(closed));
    assertThrowsWith(IllegalStateException.class, "the arena is closed", () -> closed.add(1));
    assertThrowsWith(
        IllegalStateException.class, "the arena is closed", () -> closed.addInPlace(1));
    assertThrowsWith(
        IllegalStateException.class,
        "the arena is closed",
        () -> ShapeOperators.cat(ended, List.of(mine), 0));
    List<Throwable> thrown = new ArrayList<>();
    for (Runnable call : List.<Runnable>of(mine::relu, mine::reluInPlace, () -> mine.add(mine))) {
      Thread other = new Thread(call);
      other.setUncaughtExceptionHandler((_, failure) -> thrown.add(failure));
      other.start();
      other.join();
    }
    assertEquals(3, thrown.size());
    for (Throwable failure : thrown) {
      assertEquals(WrongThreadException.class, failure.getClass());
    }
  }

  /** A view of a segment must not outlive it: what another arena gets is a copy. */
  @Test
  void viewsOfSegmentsStayInTheirArena() {
    Tensor kept;
    try (Arena inner = Arena.ofConfined()) {
      MemorySegment memory = GuardedMemory.atEnd(inner, 16);
      Tensor x = Tensor.of(inner, memory, DType.FLOAT32, Shape.of(2, 2));
      assertEquals(memory.address() + 8, x.chunk(2, 0).get(1).segment().address());
      kept = Operator.of("aten::t").tensor(arena, Value.of(x));
      memory.fill((byte) 1);
    }
    assertEquals(0, kept.sum().item());
  }
}
