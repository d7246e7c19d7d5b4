package io.github.narthex.profile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.DType;
import io.github.narthex.Device;
import io.github.narthex.Devices;
import io.github.narthex.LeakCheck;
import io.github.narthex.Model;
import io.github.narthex.PretendDevice;
import io.github.narthex.Session;
import io.github.narthex.Shape;
import io.github.narthex.Stream;
import io.github.narthex.Tensor;
import io.github.narthex.Tensors;
import io.github.narthex.Value;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Calls on a device whose every task comes late, so that each part is known from below. */
@ExtendWith({PretendDevice.class, LeakCheck.class})
class DeviceTimesTest {
  private static final Device DEVICE = PretendDevice.DEVICE;
  private static final double LATE_MS = PretendDevice.LATE / 1e3;

  private static Tensor pinned(Arena arena) {
    return Tensor.of(
        arena, Devices.allocatePinned(arena, DEVICE.type(), 16), DType.FLOAT32, Shape.of(4));
  }

  @Test
  void partsHaveTheTimeOfTheirWork() {
    try (Arena arena = Arena.ofConfined()) {
      Stream stream = Stream.of(DEVICE);
      Model model =
          Model.script(arena, "def forward(self, x):\n  return x * 2 + 1").withStream(stream);
      Tensor from = pinned(arena);
      Tensor to = pinned(arena);
      from.segment().fill((byte) 0);
      Tensor input = Tensors.zeros(arena, DType.FLOAT32, Shape.of(4)).to(DEVICE);
      Session session = Session.open(arena, model, Value.of(input));
      session.run();
      DeviceTimes times = DeviceTimes.on(arena, stream);
      PretendDevice.delay(PretendDevice.LATE);
      for (int i = 0; i < 3; i++) {
        times.call(
            () -> stream.copy(from, input), session::run, () -> stream.copy(session.output(0), to));
      }
      assertEquals(DEVICE, times.device());
      assertEquals(3, times.calls());
      assertEquals(3, times.nanos(DevicePart.COMPUTE).length);
      assertTrue(times.percentileMs(DevicePart.COPY_IN, 0) >= LATE_MS);
      assertTrue(times.percentileMs(DevicePart.COMPUTE, 0) >= 2 * LATE_MS); // two operators
      assertTrue(times.percentileMs(DevicePart.COPY_OUT, 0) >= LATE_MS);
      assertTrue(times.percentileMs(DevicePart.WHOLE, 0) >= 4 * LATE_MS);
      assertTrue(
          times.percentileMs(DevicePart.WHOLE, 0.5) >= times.percentileMs(DevicePart.ENQUEUE, 0.5));
      assertEquals(1, times.share(DevicePart.WHOLE));
      assertEquals(1f, to.toFloatArray()[0]);
      times.clear();
      assertEquals(0, times.calls());
    }
  }

  @Test
  void whatWasEnqueuedBeforeIsNotInTheCall() {
    try (Arena arena = Arena.ofConfined()) {
      Stream stream = Stream.of(DEVICE);
      Tensor from = pinned(arena);
      Tensor input = Tensors.zeros(arena, DType.FLOAT32, Shape.of(4)).to(DEVICE);
      DeviceTimes times = DeviceTimes.on(arena, stream);
      PretendDevice.delay(10 * PretendDevice.LATE);
      long began = System.nanoTime();
      stream.copy(from, input);
      times.call(() -> {}, () -> {}, () -> {});
      double ms = (System.nanoTime() - began) / 1e6;
      assertTrue(times.percentileMs(DevicePart.WHOLE, 1) <= ms - 10 * LATE_MS);
    }
  }

  @Test
  void callsThatFailAreNotThere() {
    try (Arena arena = Arena.ofConfined()) {
      DeviceTimes times = DeviceTimes.on(arena, Stream.of(DEVICE));
      assertThrows(
          IllegalArgumentException.class,
          () ->
              times.call(
                  () -> {},
                  () -> {
                    throw new IllegalArgumentException();
                  },
                  () -> {}));
      assertEquals(0, times.calls());
      IllegalStateException none =
          assertThrows(IllegalStateException.class, () -> times.share(DevicePart.ENQUEUE));
      assertEquals("no call was timed yet", none.getMessage());
      assertEquals(
          "expected a fraction from 0 to 1, got 99.0",
          assertThrows(
                  IllegalArgumentException.class, () -> times.percentileMs(DevicePart.WHOLE, 99))
              .getMessage());
    }
  }
}
