package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.models.Builtin;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Sessions whose runs are recorded once and replayed. */
@ExtendWith({PretendDevice.class, LeakCheck.class})
class RecordedSessionTest {
  private static final Device DEVICE = PretendDevice.DEVICE;

  private static Tensor ramp(Arena arena, long... shape) {
    Tensor tensor = Tensors.zeros(arena, DType.FLOAT32, Shape.of(shape));
    float[] values = new float[(int) tensor.elementCount()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.sin(0.1 * i);
    }
    return Tensor.of(arena, values, shape);
  }

  private static Model script(Arena arena, String body) {
    return Model.script(arena, "def forward(self, x):\n" + body.indent(2));
  }

  @Test
  void aReplayComputesWhatIsInTheInputsByThen() {
    try (Arena arena = Arena.ofConfined()) {
      Model onCpu = Builtin.named("resnet18").orElseThrow().build(arena, 1);
      Tensor image = ramp(arena, 1, 3, 64, 64);
      Tensor input = Tensors.zeros(arena, DType.FLOAT32, image.shape()).to(DEVICE);
      Session session = Session.open(arena, onCpu.to(arena, DEVICE), Value.of(input));
      assertFalse(session.isRecorded());
      session.record(2);
      assertTrue(session.isRecorded());
      assertThrows(IllegalStateException.class, () -> session.output(0));
      Stream.defaultOf(DEVICE).copy(image, input);
      PretendDevice.delay(PretendDevice.LATE);
      session.run();
      float[] expected = onCpu.forward(arena, image).toFloatArray();
      Tensor kept = session.output(0).keep(arena);
      assertArrayEquals(expected, kept.toFloatArray(), 1e-4f);
      Stream.defaultOf(DEVICE).copy(Tensors.zeros(arena, DType.FLOAT32, image.shape()), input);
      session.run();
      session.synchronize();
      assertArrayEquals(expected, kept.toFloatArray(), 1e-4f); // a copy, as of any session
      float[] ofZeros =
          onCpu.forward(arena, Tensors.zeros(arena, DType.FLOAT32, image.shape())).toFloatArray();
      assertArrayEquals(ofZeros, session.output(0).toFloatArray(), 1e-4f);
      try (Arena copy = Arena.ofConfined()) {
        var target = copy.allocate(4L * ofZeros.length, 64);
        session.copyOutput(0, target);
        assertEquals(
            ofZeros[7], target.getAtIndex(java.lang.foreign.ValueLayout.JAVA_FLOAT, 7), 1e-4f);
      }
    }
  }

  @Test
  void inputsOnTheHostAreCopiedBeforeEachReplay() {
    try (Arena arena = Arena.ofConfined()) {
      Model onCpu = Builtin.named("mlp").orElseThrow().build(arena, 1);
      Model model = onCpu.to(arena, DEVICE).withHostInputs(DEVICE);
      Tensor input = ramp(arena, 1, 784);
      Session eager = Session.open(arena, model, Value.of(input));
      Session recorded = Session.open(arena, model, Value.of(input));
      recorded.record(1);
      PretendDevice.delay(1000);
      for (int i = 0; i < 3; i++) {
        eager.run();
        recorded.run();
        assertEquals(Device.CPU, recorded.output(0).device());
        float[] expected = onCpu.forward(arena, input).toFloatArray();
        assertArrayEquals(expected, eager.output(0).toFloatArray(), 1e-5f);
        assertArrayEquals(expected, recorded.output(0).toFloatArray(), 1e-5f);
        input.segment().setAtIndex(java.lang.foreign.ValueLayout.JAVA_FLOAT, i, 9f);
      }
    }
  }

  /** Reading a value on the host waits for the device, which a recording can't do. */
  @Test
  void whatCanNotBeRecordedSaysWhyAndGoesOnAsBefore() {
    try (Arena arena = Arena.ofConfined()) {
      Model model =
          script(
              arena,
              """
              if bool(x.sum() > 0):
                return x + 1
              return x - 1
              """);
      Tensor input = ramp(arena, 4).to(DEVICE);
      Session session = Session.open(arena, model, Value.of(input));
      OperatorException refused = assertThrows(OperatorException.class, () -> session.record(1));
      assertTrue(String.valueOf(refused.getMessage()).contains("captur"), refused::toString);
      assertFalse(session.isRecorded());
      session.run();
      assertEquals(1f, session.output(0).toFloatArray()[0]);
      assertThrows(IllegalArgumentException.class, () -> session.record(-1));
      Model sum = Model.script(arena, "def forward(self, x, y):\n  return x + y");
      Session mixed = Session.open(arena, sum, Value.of(input), Value.of(ramp(arena, 4)));
      UnsupportedException onHost = assertThrows(UnsupportedException.class, () -> mixed.record(1));
      assertTrue(String.valueOf(onHost.getMessage()).contains("on the host"), onHost::toString);
      Session onCpu = Session.open(arena, model, Value.of(ramp(arena, 4)));
      assertThrows(IllegalArgumentException.class, () -> onCpu.record(1));
    }
  }

  /** Whichever thread feeds the device: other work must not become part of the recording. */
  @Test
  void othersWorkMeanwhile() {
    try (Arena arena = Arena.ofConfined()) {
      Tensor input = ramp(arena, 4).to(DEVICE);
      Model model = script(arena, "return x + 1");
      for (int threads : new int[] {1, 2}) {
        Session session = Session.open(arena, model.withThreads(threads), Value.of(input));
        PretendDevice.hold(PretendDevice.COMPUTING);
        Tensor _ = input.add(1); // on the default stream, which is busy with it
        try {
          session.record(0);
        } finally {
          PretendDevice.hold(0);
        }
        session.run();
        assertEquals(1f, session.output(0).toFloatArray()[0]);
      }
    }
  }

  /** The recording has memory of its own, for which there is no room. */
  @Test
  void memoryThatRunsOutWhileRecordingLeavesTheSessionAsItWas() {
    DeviceMemory.emptyCache(DEVICE);
    try (Arena arena = Arena.ofConfined()) {
      Tensor input = Tensors.full(arena, DType.FLOAT32, Shape.of(8 << 20), 1).to(DEVICE);
      Session session = Session.open(arena, script(arena, "return x + 1"), Value.of(input));
      try (Arena filled = Arena.ofConfined()) {
        assertThrows(
            DeviceMemoryException.class,
            () -> {
              for (; ; ) {
                var _ = Tensors.zeros(filled, DType.FLOAT32, Shape.of(1 << 20)).to(DEVICE);
              }
            });
        assertThrows(DeviceMemoryException.class, () -> session.record(0));
        assertFalse(session.isRecorded());
      }
      session.run();
      assertEquals(2f, session.output(0).slice(0, 0, 1).toFloatArray()[0]);
      session.record(0);
      session.run();
      assertEquals(2f, session.output(0).slice(0, 0, 1).toFloatArray()[0]);
    }
    DeviceMemory.emptyCache(DEVICE);
  }

  /** As if the session ran on the default stream, where its inputs are written. */
  @Test
  void writesToInputsComeAfterTheRunBefore() {
    try (Arena arena = Arena.ofConfined()) {
      Tensor input = Tensors.full(arena, DType.FLOAT32, Shape.of(4), 1).to(DEVICE);
      Tensor next = Tensors.full(arena, DType.FLOAT32, Shape.of(4), 50).to(DEVICE);
      Session session = Session.open(arena, script(arena, "return x + 1"), Value.of(input));
      session.record(1);
      PretendDevice.delay(PretendDevice.LATE);
      session.run();
      Stream.defaultOf(DEVICE).copy(next, input);
      assertEquals(2f, session.output(0).toFloatArray()[0]);
    }
  }

  @Test
  void closingASessionEndsItsRecording() {
    Model model;
    try (Arena arena = Arena.ofConfined()) {
      model = script(arena, "return x.relu() + 1");
      long before = DeviceMemory.of(DEVICE).allocatedBytes();
      for (int i = 0; i < 3; i++) {
        try (Arena brief = Arena.ofConfined()) {
          Session session = Session.open(brief, model, Value.of(ramp(brief, 1 << 16).to(DEVICE)));
          session.record(1);
          PretendDevice.delay(1000);
          session.run();
        } // while it runs
        Devices.synchronize(DEVICE);
        assertEquals(before, DeviceMemory.of(DEVICE).allocatedBytes());
      }
    }
  }
}
