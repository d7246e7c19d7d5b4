package io.github.narthex.profile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.DType;
import io.github.narthex.LeakCheck;
import io.github.narthex.NativeMemory;
import io.github.narthex.Shape;
import io.github.narthex.Tensors;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakCheck.class)
class MemoryWatchTest {
  private static final long BYTES = 4L << 20;

  private static void make(Arena arena) {
    Tensors.zeros(arena, DType.FLOAT32, Shape.of(BYTES / 4));
  }

  @Test
  void countsWhatIsTakenAndTheMostAtOnce() {
    try (MemoryWatch watch = MemoryWatch.track()) {
      for (int i = 0; i < 3; i++) {
        try (Arena arena = Arena.ofConfined()) {
          make(arena);
        }
      }
      MemoryWatch.Reading reading = watch.read();
      assertEquals(3, reading.allocations());
      assertTrue(reading.takenBytes() >= 3 * BYTES, reading::toString);
      assertEquals(0, reading.changeBytes());
      assertTrue(reading.peakChangeBytes() >= BYTES, reading::toString);
      assertTrue(reading.peakChangeBytes() < 2 * BYTES, reading::toString);
    }
  }

  @Test
  void nests() {
    try (Arena arena = Arena.ofConfined();
        MemoryWatch outer = MemoryWatch.track()) {
      make(arena);
      try (MemoryWatch inner = MemoryWatch.track()) {
        make(arena);
        assertEquals(1, inner.read().allocations());
      }
      assertEquals(2, outer.read().allocations());
      assertTrue(outer.read().changeBytes() >= 2 * BYTES);
    }
  }

  @Test
  void refusesTooManyAndClosedOnes() {
    List<MemoryWatch> watches = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      watches.add(MemoryWatch.track());
    }
    assertThrows(IllegalStateException.class, MemoryWatch::track);
    watches.forEach(MemoryWatch::close);
    watches.getFirst().close();
    assertThrows(IllegalStateException.class, () -> watches.getFirst().read());
  }

  @Test
  void heapHoldsTensors() {
    try (Arena arena = Arena.ofConfined()) {
      make(arena);
      NativeMemory.Heap heap = NativeMemory.heap();
      assertTrue(heap.inUseBytes() == -1 || heap.inUseBytes() >= BYTES, heap::toString);
    }
  }
}
