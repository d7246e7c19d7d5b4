package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.models.Builtin;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Sessions for a few sizes of batches, and the memory that recordings share. */
@ExtendWith({PretendDevice.class, LeakCheck.class})
class BatchSessionsTest {
  private static final Device DEVICE = PretendDevice.DEVICE;

  private static Tensor ramp(Arena arena, long... shape) {
    float[] values = new float[(int) Shape.of(shape).elementCount()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.sin(0.1 * i + shape[0]);
    }
    return Tensor.of(arena, values, shape);
  }

  private static Model mlp(Arena arena) {
    return Builtin.named("mlp").orElseThrow().build(arena, 1);
  }

  @Test
  void anyNumberOfRowsUpToTheLargest() {
    try (Arena arena = Arena.ofConfined()) {
      Model model = mlp(arena);
      BatchSessions batches =
          BatchSessions.open(arena, model, List.of(ramp(arena, 1, 784)), 4, 1, 2);
      assertEquals(List.of(1, 2, 4), batches.sizes());
      assertFalse(batches.isRecorded());
      assertTrue(batches.whyNotRecorded().isEmpty()); // nobody asked
      for (int rows : new int[] {3, 1, 4, 2, 3}) {
        Tensor input = ramp(arena, rows, 784);
        Tensor output = batches.run(arena, input).getFirst();
        assertEquals(Shape.of(rows, 10), output.shape());
        assertArrayEquals(model.forward(arena, input).toFloatArray(), output.toFloatArray(), 1e-6f);
      }
    }
  }

  @Test
  void recordedInOneMemory() {
    try (Arena arena = Arena.ofConfined()) {
      Model onCpu = mlp(arena);
      Model model = onCpu.to(arena, DEVICE).withRecordedRuns();
      BatchSessions batches =
          BatchSessions.open(arena, model, List.of(ramp(arena, 1, 784).to(DEVICE)), 1, 2, 4);
      assertTrue(batches.isRecorded(), () -> batches.whyNotRecorded().orElse(""));
      for (int rows : new int[] {1, 4, 3, 2, 4, 1}) {
        Tensor input = ramp(arena, rows, 784);
        PretendDevice.delay(PretendDevice.LATE);
        Tensor output = batches.run(arena, rows % 2 == 0 ? input.to(DEVICE) : input).getFirst();
        assertEquals(DEVICE, output.device());
        assertArrayEquals(onCpu.forward(arena, input).toFloatArray(), output.toFloatArray(), 1e-5f);
      }
    }
  }

  @Test
  void onAStreamOfOnesOwn() {
    try (Arena arena = Arena.ofConfined()) {
      Model onCpu = mlp(arena);
      Model model = onCpu.to(arena, DEVICE).withStream(Stream.of(DEVICE)).withRecordedRuns();
      BatchSessions batches =
          BatchSessions.open(arena, model, List.of(ramp(arena, 2, 784).to(DEVICE)), 2, 4);
      PretendDevice.delay(PretendDevice.LATE);
      for (int rows : new int[] {3, 2, 4}) {
        Tensor input = ramp(arena, rows, 784);
        Tensor output = batches.run(arena, input).getFirst();
        assertArrayEquals(onCpu.forward(arena, input).toFloatArray(), output.toFloatArray(), 1e-5f);
      }
    }
  }

  @Test
  void whatCanNotBeRecordedRunsAsOthersDo() {
    try (Arena arena = Arena.ofConfined()) {
      Model model =
          Model.script(
                  arena,
                  """
                  def forward(self, x):
                    if bool(x.sum() > 0):
                      return x + 1
                    return x - 1
                  """)
              .withRecordedRuns();
      Tensor example = Tensors.full(arena, DType.FLOAT32, Shape.of(1, 2), 1).to(DEVICE);
      BatchSessions batches = BatchSessions.open(arena, model, List.of(example), 1, 2);
      assertFalse(batches.isRecorded());
      assertTrue(batches.whyNotRecorded().orElse("").contains("captur"));
      assertArrayEquals(new float[] {2, 2}, batches.run(arena, example).getFirst().toFloatArray());
    }
  }

  @Test
  void mistakes() {
    try (Arena arena = Arena.ofConfined()) {
      Model model = mlp(arena);
      Tensor row = ramp(arena, 1, 784);
      List<Tensor> example = List.of(row);
      assertThrows(IllegalArgumentException.class, () -> BatchSessions.open(arena, model, example));
      assertThrows(
          IllegalArgumentException.class, () -> BatchSessions.open(arena, model, example, 2, 0));
      assertThrows(
          IllegalArgumentException.class, () -> BatchSessions.open(arena, model, List.of(), 1));
      Tensor scalar = Tensors.full(arena, DType.FLOAT32, Shape.of(), 1);
      assertThrows(
          IllegalArgumentException.class,
          () -> BatchSessions.open(arena, model, List.of(scalar), 1));
      BatchSessions batches = BatchSessions.open(arena, model, example, 1, 2);
      assertThrows(IllegalArgumentException.class, () -> batches.run(arena, ramp(arena, 3, 784)));
      assertThrows(IllegalArgumentException.class, () -> batches.run(arena, ramp(arena, 2, 4)));
      assertThrows(IllegalArgumentException.class, () -> batches.run(arena, row, row));
      assertThrows(IllegalArgumentException.class, () -> batches.run(arena, scalar));
    }
  }

  /** What one computes on the way may lie where the other has its result. */
  @Test
  void aRunEndsTheResultsOfThoseThatShareItsMemory() {
    try (Arena arena = Arena.ofConfined()) {
      Model model = mlp(arena).to(arena, DEVICE);
      Session one = Session.open(arena, model, Value.of(ramp(arena, 2, 784).to(DEVICE)));
      Session other = Session.open(arena, model, Value.of(ramp(arena, 3, 784).to(DEVICE)));
      assertThrows(IllegalArgumentException.class, () -> other.record(1, one)); // not recorded
      assertThrows(IllegalArgumentException.class, () -> one.record(1, one));
      one.record(1);
      other.record(1, one);
      one.run();
      float[] ofOne = one.output(0).toFloatArray();
      other.run();
      assertArrayEquals(ofOne, one.output(0).toFloatArray()); // a copy by now
      one.run();
      other.run();
      IllegalStateException gone = assertThrows(IllegalStateException.class, () -> one.output(0));
      assertTrue(String.valueOf(gone.getMessage()).contains("has run since"), gone::toString);
      assertEquals(Shape.of(3, 10), other.output(0).shape());
      Session elsewhere =
          Session.open(
              arena, model.withStream(Stream.of(DEVICE)), Value.of(ramp(arena, 3, 784).to(DEVICE)));
      assertThrows(IllegalArgumentException.class, () -> elsewhere.record(1, one));
    }
  }

  @Test
  void sharedMemoryIsThatOfTheLargest() {
    long apart = reserved(false);
    long together = reserved(true);
    assertTrue(together < apart, () -> together + " of " + apart);
  }

  private static long reserved(boolean isShared) {
    Devices.synchronize(DEVICE);
    DeviceMemory.emptyCache(DEVICE);
    long before = DeviceMemory.of(DEVICE).reservedBytes();
    try (Arena arena = Arena.ofConfined()) {
      // 4 MB on the way for each.
      Model model =
          Model.script(
              arena, "def forward(self, x):\n  return (x.unsqueeze(1) + x.unsqueeze(0)).sum(0)");
      Session first = null;
      for (int i = 0; i < 3; i++) {
        Session next =
            Session.open(
                arena,
                model,
                Value.of(Tensors.zeros(arena, DType.FLOAT32, Shape.of(1024)).to(DEVICE)));
        if (first != null && isShared) {
          next.record(1, first);
        } else {
          next.record(1);
        }
        first = next;
      }
      Devices.synchronize(DEVICE);
      DeviceMemory.emptyCache(DEVICE);
      return DeviceMemory.of(DEVICE).reservedBytes() - before;
    }
  }
}
