package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.models.Builtin;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Models on streams of a device whose every task comes late. */
@ExtendWith({PretendDevice.class, LeakCheck.class})
class DeviceStreamsTest {
  private static final Device DEVICE = PretendDevice.DEVICE;

  private static Tensor ones(Arena arena, long... shape) {
    return Tensors.full(arena, DType.FLOAT32, Shape.of(shape), 1);
  }

  private static Model doubling(Arena arena) {
    return Model.script(arena, "def forward(self, x):\n  return x * 2 + 1");
  }

  @Test
  void devicesAreCountedAndDescribed() {
    assertEquals(2, Devices.count(DEVICE.type()));
    assertEquals(List.of(DEVICE, PretendDevice.OTHER), Devices.all());
    Devices.Properties properties = Devices.properties(DEVICE);
    assertEquals(256L << 20, properties.totalBytes());
    assertTrue(properties.freeBytes() > 0 && properties.freeBytes() <= properties.totalBytes());
    assertTrue(properties.dtypes().contains(DType.FLOAT32));
  }

  @Test
  void operatorsRunThereAndReadingWaits() {
    PretendDevice.delay(PretendDevice.LATE);
    try (Arena arena = Arena.ofConfined()) {
      Tensor there = ones(arena, 3).to(DEVICE);
      assertEquals(DEVICE, there.device());
      assertArrayEquals(new float[] {2, 2, 2}, there.add(there).toFloatArray());
    }
  }

  /** What a binding that hands out an output without waiting for it gets wrong. */
  @Test
  void outputsOfAStreamAreWaitedForByWhateverUsesThem() {
    try (Arena arena = Arena.ofConfined()) {
      Stream stream = Stream.of(DEVICE);
      Model model = doubling(arena).withStream(stream);
      Tensor input = ones(arena, 4).to(DEVICE);
      PretendDevice.delay(PretendDevice.HELD);
      Tensor output = model.forward(arena, input);
      assertFalse(stream.isIdle());
      PretendDevice.delay(PretendDevice.LATE);
      Tensor onTheDefaultStream = output.add(output);
      assertArrayEquals(new float[] {3, 3, 3, 3}, output.toFloatArray());
      assertArrayEquals(new float[] {6, 6, 6, 6}, onTheDefaultStream.toFloatArray());
      Stream other = Stream.of(DEVICE, Stream.Priority.HIGH);
      Tensor onAnother = model.withStream(other).forward(arena, model.forward(arena, output));
      assertArrayEquals(new float[] {15, 15, 15, 15}, onAnother.toFloatArray());
    }
  }

  @Test
  void futuresCompleteWhenTheDeviceIsDone() throws Exception {
    try (Arena arena = Arena.ofConfined()) {
      Model model = doubling(arena);
      Tensor input = ones(arena, 4).to(DEVICE);
      PretendDevice.delay(PretendDevice.HELD);
      CompletableFuture<Tensor> first =
          model.withStream(Stream.of(DEVICE)).forwardAsync(arena, input);
      CompletableFuture<Tensor> onTheDefaultStream = model.forwardAsync(arena, input);
      assertFalse(first.isDone());
      assertFalse(onTheDefaultStream.isDone());
      PretendDevice.delay(PretendDevice.LATE);
      assertArrayEquals(new float[] {3, 3, 3, 3}, first.get().toFloatArray());
      assertArrayEquals(new float[] {3, 3, 3, 3}, onTheDefaultStream.get().toFloatArray());
      assertTrue(model.forwardAsync(arena, ones(arena, 4)).isDone()); // on the CPU
    }
  }

  @Test
  void sessionsWaitForWhatOperatorsWroteIntoTheirInputs() {
    try (Arena arena = Arena.ofConfined()) {
      Tensor input = ones(arena, 4).to(DEVICE);
      Session session =
          Session.open(arena, doubling(arena).withStream(Stream.of(DEVICE)), Value.of(input));
      PretendDevice.delay(PretendDevice.LATE);
      for (int i = 0; i < 5; i++) {
        Operator.of("aten::mul_.Scalar").tensor(arena, Value.of(input), Value.of(2));
      }
      session.run();
      assertArrayEquals(new float[] {65, 65, 65, 65}, session.output(0).toFloatArray());
    }
  }

  @Test
  void whatIsCopiedOnAStreamIsWaitedForThroughAllHandles() {
    try (Arena arena = Arena.ofConfined()) {
      Tensor input = ones(arena, 4).to(DEVICE);
      Tensor same = input.keep(arena);
      Session session =
          Session.open(arena, doubling(arena).withStream(Stream.of(DEVICE)), Value.of(input));
      Tensor source = Tensors.full(arena, DType.FLOAT32, Shape.of(4), 5).to(DEVICE);
      PretendDevice.delay(PretendDevice.LATE);
      Stream.of(DEVICE).copy(source, input);
      session.run();
      assertArrayEquals(new float[] {11, 11, 11, 11}, session.output(0).toFloatArray());
      assertArrayEquals(new float[] {5, 5, 5, 5}, same.toFloatArray());
    }
  }

  @Test
  void callsThatChangeAModelTakeTurnsAcrossStreams() {
    try (Arena arena = Arena.ofConfined()) {
      Weights weights = new Weights();
      weights.buffer("total", ones(arena, 1));
      Model onCpu =
          Model.script(
              arena, weights, "def forward(self, x):\n  self.total += x\n  return self.total * 1");
      Model model = onCpu.to(arena, DEVICE);
      Tensor one = ones(arena, 1).to(DEVICE);
      PretendDevice.delay(PretendDevice.LATE);
      Tensor first = model.withStream(Stream.of(DEVICE)).forward(arena, one);
      Tensor second = model.withStream(Stream.of(DEVICE)).forward(arena, one);
      assertEquals(2f, first.toFloatArray()[0]);
      assertEquals(3f, second.toFloatArray()[0]);
    }
  }

  @Test
  void whatRunsOnAnotherStreamThanItsOwnIsRefused() {
    try (Arena arena = Arena.ofConfined()) {
      Stream stream = Stream.of(DEVICE);
      Tensor elsewhere = ones(arena, 4).to(PretendDevice.OTHER);
      IllegalArgumentException other =
          assertThrows(
              IllegalArgumentException.class, () -> stream.copy(elsewhere, ones(arena, 4)));
      assertEquals(
          "the stream is of privateuseone:0, a tensor is on privateuseone:1", other.getMessage());
      Model forks = Model.load(arena, Fixtures.path("modules/forks.pt"));
      assertThrows(
          UnsupportedException.class,
          () -> forks.withStream(stream).forward(arena, ones(arena, 4).to(DEVICE)));
      UnsupportedException missing =
          assertThrows(
              UnsupportedException.class,
              () ->
                  doubling(arena)
                      .withHostInputs(new Device(DEVICE.type(), 7))
                      .forward(arena, ones(arena, 4)));
      assertTrue(String.valueOf(missing.getMessage()).startsWith("there is no device"));
    }
  }

  /** A tensor's memory may be reused as soon as its stream is done with it, but not before. */
  @Test
  void memoryIsKeptWhileAnotherStreamUsesIt() {
    try (Arena arena = Arena.ofConfined()) {
      PretendDevice.fillFreed(0xff);
      Model model = doubling(arena).withStream(Stream.of(DEVICE));
      Tensor output;
      try (Arena brief = Arena.ofConfined()) {
        Tensor input = ones(brief, 1 << 16).to(DEVICE);
        PretendDevice.delay(PretendDevice.LATE);
        output = model.forward(arena, input);
      } // the input is closed while the stream still computes
      Tensor inItsPlace = ones(arena, 1 << 16).to(DEVICE);
      assertEquals(3f, output.toFloatArray()[0]);
      assertEquals(1f, inItsPlace.toFloatArray()[0]);
    }
  }

  @Test
  void weightsAreKeptWhileAStreamUsesThem() {
    try (Arena arena = Arena.ofConfined()) {
      PretendDevice.fillFreed(0xff);
      Tensor input = ones(arena, 1, 784);
      Tensor output;
      float[] expected;
      try (Arena brief = Arena.ofConfined()) {
        Model onCpu = Builtin.named("mlp").orElseThrow().build(brief, 1);
        expected = onCpu.forward(brief, input).toFloatArray();
        Model model = onCpu.to(brief, DEVICE).withStream(Stream.of(DEVICE));
        PretendDevice.delay(PretendDevice.LATE);
        output = model.forward(arena, input.to(DEVICE));
      }
      assertArrayEquals(expected, output.toFloatArray(), 1e-5f);
    }
  }

  @Test
  void streamsWaitForStreamsAndEvents() {
    try (Arena arena = Arena.ofConfined()) {
      Stream first = Stream.of(DEVICE);
      Stream second = Stream.of(DEVICE);
      assertNotEquals(first, second);
      Tensor source = ones(arena, 4).to(DEVICE);
      Tensor between = Tensors.zeros(arena, DType.FLOAT32, Shape.of(4)).to(DEVICE);
      Tensor target = Tensors.zeros(arena, DType.FLOAT32, Shape.of(4)).to(DEVICE);
      Event begun = Event.timed(arena, DEVICE);
      Event copied = Event.timed(arena, DEVICE);
      assertTrue(copied.hasHappened());
      PretendDevice.delay(PretendDevice.HELD);
      begun.record(first);
      first.copy(source, between);
      copied.record(first);
      assertFalse(copied.hasHappened());
      PretendDevice.delay(PretendDevice.LATE);
      second.await(copied);
      second.copy(between, target);
      Stream.defaultOf(DEVICE).await(second);
      assertArrayEquals(new float[] {1, 1, 1, 1}, target.toFloatArray());
      copied.synchronize();
      assertTrue(begun.millisUntil(copied) >= PretendDevice.LATE / 1e3);
      second.synchronize();
      assertTrue(second.isIdle());
    }
  }

  @Test
  void pinnedMemoryIsCopiedWhileTheHostGoesOn() {
    try (Arena arena = Arena.ofConfined()) {
      Stream stream = Stream.of(DEVICE);
      MemorySegment in = Devices.allocatePinned(arena, DEVICE.type(), 16);
      MemorySegment out = Devices.allocatePinned(arena, DEVICE.type(), 16);
      in.copyFrom(MemorySegment.ofArray(new float[] {1, 2, 3, 4}));
      out.fill((byte) 0);
      Tensor there = Tensors.zeros(arena, DType.FLOAT32, Shape.of(4)).to(DEVICE);
      PretendDevice.delay(PretendDevice.LATE);
      stream.copy(Tensor.of(arena, in, DType.FLOAT32, Shape.of(4)), there);
      stream.copy(there, Tensor.of(arena, out, DType.FLOAT32, Shape.of(4)));
      assertEquals(0f, out.getAtIndex(ValueLayout.JAVA_FLOAT, 3)); // it is on its way
      stream.synchronize();
      assertEquals(4f, out.getAtIndex(ValueLayout.JAVA_FLOAT, 3));
    }
  }

  /** The memory goes back to libtorch, who may hand it out again, when no copy uses it any more. */
  @Test
  void pinnedMemoryOutlivesItsCopies() {
    try (Arena arena = Arena.ofConfined()) {
      Stream stream = Stream.of(DEVICE);
      Tensor there = Tensors.zeros(arena, DType.FLOAT32, Shape.of(2)).to(DEVICE);
      PretendDevice.delay(PretendDevice.LATE);
      long began = System.nanoTime();
      try (Arena brief = Arena.ofConfined()) {
        MemorySegment in = Devices.allocatePinned(brief, DEVICE.type(), 4096);
        in.copyFrom(MemorySegment.ofArray(new float[] {0, 0, 7, 8}));
        stream.copy(Tensor.of(brief, in.asSlice(8, 8), DType.FLOAT32, Shape.of(2)), there);
      }
      assertTrue(System.nanoTime() - began >= 1000 * PretendDevice.LATE); // no copy is quicker
      MemorySegment again = Devices.allocatePinned(arena, DEVICE.type(), 4096);
      again.fill((byte) 0x55);
      assertArrayEquals(new float[] {7, 8}, there.toFloatArray());
    }
  }

  @Test
  void manyThreadsHaveAStreamEach() throws InterruptedException {
    try (Arena arena = Arena.ofShared()) {
      Model model = doubling(arena);
      List<Thread> threads = new ArrayList<>();
      List<Throwable> failures = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        float value = i;
        Runnable calls =
            () -> {
              try (Arena own = Arena.ofConfined()) {
                Model mine = model.withStream(Stream.of(DEVICE));
                Tensor input = Tensors.full(own, DType.FLOAT32, Shape.of(64), value).to(DEVICE);
                Session session = Session.open(own, mine, Value.of(input));
                for (int run = 0; run < 20; run++) {
                  session.run();
                  assertEquals(2 * value + 1, session.output(0).toFloatArray()[63]);
                  assertEquals(2 * value + 1, mine.forward(own, input).toFloatArray()[63]);
                }
              } catch (Throwable e) {
                synchronized (failures) {
                  failures.add(e);
                }
              }
            };
        threads.add(
            i % 2 == 0 ? Thread.ofVirtual().start(calls) : Thread.ofPlatform().start(calls));
      }
      for (Thread thread : threads) {
        thread.join();
      }
      assertEquals(List.of(), failures);
    }
  }

  @Test
  void whatDoesNotFitIsNamed() {
    try (Arena arena = Arena.ofConfined()) {
      assertThrows(IllegalArgumentException.class, () -> Stream.of(Device.CPU));
      assertThrows(IllegalArgumentException.class, () -> Event.timed(arena, Device.CPU));
      assertThrows(
          IllegalArgumentException.class, () -> Devices.allocatePinned(arena, DEVICE.type(), 0));
      assertThrows(UnsupportedException.class, () -> Stream.of(new Device(DEVICE.type(), 2)));
      Tensor three = ones(arena, 3);
      Tensor four = ones(arena, 4).to(DEVICE);
      IllegalArgumentException shapes =
          assertThrows(IllegalArgumentException.class, () -> Stream.of(DEVICE).copy(three, four));
      assertEquals("expected a source of the target's sizes [4], got [3]", shapes.getMessage());
      Model model = Builtin.named("mlp").orElseThrow().build(arena, 1).to(arena, DEVICE);
      OperatorException onCpu =
          assertThrows(OperatorException.class, () -> model.forward(arena, ones(arena, 1, 784)));
      assertTrue(
          String.valueOf(onCpu.getMessage()).contains("must be on one device"), onCpu::toString);
    }
  }
}
