package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.models.Builtin;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Copies on streams of their own: while they are held, computing goes on, and the reverse. */
@ExtendWith({PretendDevice.class, LeakCheck.class})
class CopiesOverlapTest {
  private static final Device ONE = PretendDevice.DEVICE;
  private static final Device OTHER = PretendDevice.OTHER;
  private static final Shape SHAPE = Shape.of(2, 784);

  private static Tensor filled(Arena arena, float value) {
    return Tensors.full(arena, DType.FLOAT32, SHAPE, value);
  }

  private static Tensor pinned(Arena arena, float value) {
    MemorySegment memory = Devices.allocatePinned(arena, ONE.type(), 4 * SHAPE.elementCount());
    return Tensor.of(arena, memory, DType.FLOAT32, SHAPE).copyFrom(filled(arena, value));
  }

  private static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!condition.getAsBoolean()) {
      assertTrue(
          System.nanoTime() < end,
          () -> "it never came to that: " + PretendDevice.held() + " held");
      LockSupport.parkNanos(100_000);
    }
  }

  /**
   * Of two requests, the first one's copy is held; then as much is done of the second one as was of
   * the first.
   */
  private static void assertGoesOn(
      int held, Model model, Function<Value, CompletableFuture<Value>> submit) {
    try (Arena arena = Arena.ofConfined()) {
      Tensor first = pinned(arena, 1);
      Tensor second = pinned(arena, 2);
      for (int i = 0; i < 3; i++) { // libtorch compares constants on the device when it compiles
        Value _ = submit.apply(Value.of(first)).join();
      }
      PretendDevice.hold(held);
      long before = PretendDevice.tasks();
      CompletableFuture<Value> one = submit.apply(Value.of(first));
      await(() -> PretendDevice.held() == 1);
      long done = PretendDevice.tasks() - before;
      assertTrue(done > 0);
      CompletableFuture<Value> two = submit.apply(Value.of(second));
      await(() -> PretendDevice.tasks() - before >= 2 * done);
      assertFalse(one.isDone());
      assertFalse(two.isDone());
      PretendDevice.hold(0);
      assertArrayEquals(
          model.forward(arena, first).toFloatArray(), one.join().tensor().toFloatArray(), 1e-5f);
      assertArrayEquals(
          model.forward(arena, second).toFloatArray(), two.join().tensor().toFloatArray(), 1e-5f);
    } finally {
      PretendDevice.hold(0); // what is closed waits for what was submitted
    }
  }

  private static void assertGoesOnEverywhere(int held) {
    try (Arena arena = Arena.ofShared()) {
      Model model = Builtin.MLP.build(arena, 1).withThreads(1);
      try (Pipeline pipeline = Pipeline.open(ModelStages.of(arena, model, 2), List.of(ONE, OTHER));
          Replicas replicas = Replicas.open(model, List.of(ONE))) {
        assertGoesOn(held, model, input -> pipeline.submit(arena, input));
        assertGoesOn(held, model, input -> replicas.submit(arena, input));
      }
    }
  }

  @Test
  void stagesComputeTheirNextPartWhileTheLastOneIsHandedOver() {
    try (Arena arena = Arena.ofShared()) {
      Model model = Builtin.MLP.build(arena, 1).withThreads(1);
      try (Pipeline pipeline =
          Pipeline.open(ModelStages.of(arena, model, 2), List.of(ONE, OTHER))) {
        assertGoesOn(PretendDevice.BETWEEN_DEVICES, model, input -> pipeline.submit(arena, input));
      }
    }
  }

  @Test
  void computingGoesOnWhileResultsAreCopiedBack() {
    assertGoesOnEverywhere(PretendDevice.TO_HOST);
  }

  @Test
  void inputsAreCopiedWhileTheFirstStageComputes() {
    assertGoesOnEverywhere(PretendDevice.COMPUTING);
  }

  /** The memory is not given to others before the worker has copied it, nor while it does. */
  @Test
  void pinnedInputsMayBeClosedAtOnce() {
    try (Arena arena = Arena.ofShared()) {
      Model model = Model.script(arena, "def forward(self, x):\n  return x * 2 + 1");
      try (Replicas replicas = Replicas.open(model, List.of(ONE, OTHER));
          Pipeline pipeline = Pipeline.open(ModelStages.of(arena, model, 1), List.of(ONE))) {
        PretendDevice.delay(2_000);
        for (int i = 0; i < 8; i++) {
          CompletableFuture<Value> one;
          CompletableFuture<Value> other;
          try (Arena brief = Arena.ofConfined()) {
            Value input = Value.of(pinned(brief, i));
            one = replicas.submit(arena, input);
            other = pipeline.submit(arena, input);
          }
          try (Arena brief = Arena.ofConfined()) {
            Tensor _ = pinned(brief, Float.NaN);
            assertEquals(2f * i + 1, one.join().tensor().toFloatArray()[0]);
            assertEquals(2f * i + 1, other.join().tensor().toFloatArray()[0]);
          }
        }
      }
    }
  }

  @Test
  void aTensorIsCopiedOnTheStreamsThatAreNamed() {
    try (Arena arena = Arena.ofConfined()) {
      PretendDevice.fillFreed(0xff);
      Tensor copy;
      Tensor inItsPlace;
      try (Arena brief = Arena.ofConfined()) {
        Tensor source = filled(brief, 5).to(ONE);
        Devices.synchronize(ONE);
        PretendDevice.hold(PretendDevice.BETWEEN_DEVICES);
        copy = source.to(OTHER, Stream.of(ONE), Stream.of(OTHER)).keep(arena);
        await(() -> PretendDevice.held() == 1);
      } // the source is closed while it is copied
      assertTrue(Stream.defaultOf(ONE).isIdle());
      assertTrue(Stream.defaultOf(OTHER).isIdle());
      inItsPlace = filled(arena, 7).to(ONE);
      PretendDevice.hold(0);
      PretendDevice.delay(PretendDevice.LATE);
      assertEquals(OTHER, copy.device());
      assertEquals(5f, copy.toFloatArray()[0]);
      assertEquals(5f, copy.to(Device.CPU, Stream.of(OTHER)).toFloatArray()[0]);
      assertEquals(5f, copy.to(ONE, Stream.of(OTHER)).toFloatArray()[0]);
      assertEquals(5f, copy.to(ONE, Stream.of(ONE)).add(copy.to(ONE)).toFloatArray()[0] / 2);
      assertEquals(7f, inItsPlace.toFloatArray()[0]);
    }
  }

  /** The copy waits for what made the tensor, and the stream's own work for nothing. */
  @Test
  void whatAStreamMadeIsCopiedOnAnother() {
    try (Arena arena = Arena.ofConfined()) {
      Stream computing = Stream.of(ONE);
      Model model =
          Model.script(arena, "def forward(self, x):\n  return x * 2 + 1").withStream(computing);
      Tensor input = filled(arena, 3).to(ONE);
      PretendDevice.delay(PretendDevice.LATE);
      Tensor made = model.forward(arena, input);
      Tensor there = made.to(OTHER, Stream.of(ONE), Stream.of(OTHER));
      assertEquals(7f, there.toFloatArray()[0]);
      PretendDevice.delay(0);
      PretendDevice.hold(PretendDevice.BETWEEN_DEVICES);
      Tensor _ = made.to(OTHER, Stream.of(ONE), Stream.of(OTHER));
      await(() -> PretendDevice.held() == 1);
      Tensor next = model.forward(arena, made);
      computing.synchronize();
      assertEquals(1, PretendDevice.held());
      assertEquals(15f, next.toFloatArray()[0]);
    }
  }

  @Test
  void pinnedMemoryIsCopiedWhileTheHostGoesOn() {
    try (Arena arena = Arena.ofConfined()) {
      Tensor input = pinned(arena, 4);
      Stream stream = Stream.of(ONE);
      PretendDevice.hold(PretendDevice.FROM_HOST);
      Tensor there = input.to(ONE, stream);
      assertFalse(stream.isIdle());
      PretendDevice.hold(0);
      assertEquals(4f, there.toFloatArray()[0]);
      assertEquals(ONE, there.to(ONE, stream).device());
    }
  }

  @Test
  void streamsOfOtherDevicesAreRefused() {
    try (Arena arena = Arena.ofConfined()) {
      Tensor tensor = filled(arena, 1);
      Stream other = Stream.of(OTHER);
      assertEquals(
          "expected streams of cpu and privateuseone:0, got one of privateuseone:1",
          assertThrows(IllegalArgumentException.class, () -> tensor.to(ONE, other)).getMessage());
      assertThrows(UnsupportedException.class, () -> tensor.to(new Device(ONE.type(), 7), other));
    }
  }
}
