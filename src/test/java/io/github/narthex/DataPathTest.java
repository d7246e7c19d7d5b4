package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.DataPath.Crossing;
import io.github.narthex.DataPath.Direction;
import io.github.narthex.DataPath.Reason;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakCheck.class)
class DataPathTest {
  private static final Shape PAIR = Shape.of(2);

  /** The one crossing of some work. */
  private static Crossing crossing(Consumer<Arena> work) {
    try (Arena arena = Arena.ofConfined();
        DataPath path = DataPath.record()) {
      work.accept(arena);
      List<Crossing> crossings = path.crossings();
      assertEquals(1, crossings.size(), crossings::toString);
      return crossings.getFirst();
    }
  }

  private static void assertCrossing(
      Direction direction, Reason reason, long bytes, Crossing crossing) {
    assertEquals(direction, crossing.direction());
    assertEquals(reason, crossing.reason());
    assertEquals(bytes, crossing.bytes());
    assertEquals(1, crossing.count());
    assertTrue(crossing.nanos() > 0);
  }

  @Test
  void waysIn() {
    assertCrossing(
        Direction.IN, Reason.HEAP, 8, crossing(arena -> Tensor.of(arena, new float[] {1, 2}, 2)));
    assertCrossing(
        Direction.IN,
        Reason.DTYPE,
        8,
        crossing(arena -> Tensor.of(arena, new float[] {1, 2}, DType.FLOAT16, PAIR)));
    assertCrossing(
        Direction.IN,
        Reason.VIEW,
        8,
        crossing(arena -> Tensor.of(arena, arena.allocate(8, 8), DType.FLOAT32, PAIR)));
    assertCrossing(
        Direction.IN,
        Reason.CHOICE,
        8,
        crossing(arena -> Tensor.copyOf(arena, arena.allocate(8, 8), DType.FLOAT32, PAIR)));
    assertCrossing(
        Direction.IN,
        Reason.ALIGNMENT,
        8,
        crossing(
            arena ->
                Tensor.copyOf(arena, arena.allocate(16, 8).asSlice(1, 8), DType.FLOAT32, PAIR)));
    assertCrossing(
        Direction.IN,
        Reason.READ_ONLY,
        8,
        crossing(
            arena -> Tensor.copyOf(arena, arena.allocate(8, 8).asReadOnly(), DType.FLOAT32, PAIR)));
  }

  @Test
  void waysOut() {
    try (Arena arena = Arena.ofConfined()) {
      Tensor tensor = Tensor.of(arena, new float[] {1, 2, 3, 4}, 2, 2);
      Tensor transposed = tensor.transpose(0, 1);
      MemorySegment target = arena.allocate(ValueLayout.JAVA_FLOAT, 4);
      assertCrossing(Direction.OUT, Reason.VIEW, 16, crossing(_ -> tensor.segment()));
      assertCrossing(Direction.OUT, Reason.HEAP, 16, crossing(_ -> tensor.toFloatArray()));
      assertCrossing(Direction.OUT, Reason.DTYPE, 32, crossing(_ -> tensor.toDoubleArray()));
      assertCrossing(Direction.OUT, Reason.CHOICE, 16, crossing(_ -> tensor.copyTo(target)));
      assertCrossing(Direction.OUT, Reason.LAYOUT, 16, crossing(_ -> transposed.copyTo(target)));
    }
  }

  @Test
  void sumsUpByPlace() {
    try (Arena arena = Arena.ofConfined();
        DataPath path = DataPath.record()) {
      for (int i = 0; i < 5; i++) {
        Tensor.of(arena, new float[] {1, 2}, 2);
      }
      Tensor.of(arena, new float[] {1, 2}, 2);
      List<Crossing> crossings = path.crossings();
      assertEquals(2, crossings.size(), "two lines of this program");
      assertEquals(6, crossings.stream().mapToLong(Crossing::count).sum());
      for (Crossing crossing : crossings) {
        assertTrue(
            crossing.site().contains("DataPathTest.sumsUpByPlace(DataPathTest.java:"),
            crossing::site);
      }
    }
  }

  @Test
  void oneAtATimeAndNothingAfterwards() {
    DataPath path = DataPath.record();
    assertThrows(IllegalStateException.class, DataPath::record);
    path.close();
    path.close();
    try (Arena arena = Arena.ofConfined()) {
      Tensor.of(arena, new float[] {1, 2}, 2);
    }
    assertEquals(List.of(), path.crossings());
    DataPath.record().close();
  }
}
