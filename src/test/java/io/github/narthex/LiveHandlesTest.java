package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the counts say of arenas of each kind, as docs/memory.md tells it. */
@ExtendWith(LeakCheck.class)
class LiveHandlesTest {
  private static LiveHandles plus(
      LiveHandles counts, long tensors, long models, long sessions, long traces, long generators) {
    return new LiveHandles(
        counts.errors(),
        counts.tensors() + tensors,
        counts.models() + models,
        counts.sessions() + sessions,
        counts.traces() + traces,
        counts.generators() + generators,
        counts.recordings(),
        counts.events());
  }

  @Test
  void eachKindIsCountedUntilItsArenaIsClosed() {
    LiveHandles before = LiveHandles.now();
    try (Arena arena = Arena.ofConfined()) {
      Tensor x = Tensor.of(arena, new float[8], 1, 8);
      assertEquals(plus(before, 1, 0, 0, 0, 0), LiveHandles.now());
      Model model = Model.load(arena, Fixtures.path("models/mlp.pt"));
      assertEquals(plus(before, 1, 1, 0, 0, 0), LiveHandles.now());
      Session.open(arena, model, Value.of(x));
      assertEquals(plus(before, 1, 1, 1, 0, 0), LiveHandles.now());
      Generator.seeded(arena, 1);
      assertEquals(plus(before, 1, 1, 1, 0, 1), LiveHandles.now());
    }
    assertEquals(before, LiveHandles.now());
  }

  @Test
  void recordingsAreCountedUntilTheyEnd() {
    LiveHandles before = LiveHandles.now();
    try (OperatorTimes.Recording recording = OperatorTimes.record()) {
      assertEquals(before.recordings() + 1, LiveHandles.now().recordings());
      recording.stop();
      assertEquals(before, LiveHandles.now());
    }
    assertEquals(before, LiveHandles.now());
  }

  /** A segment of a tensor holds the memory by itself. */
  @Test
  void segmentsCountAsTensors() {
    try (Arena arena = Arena.ofConfined()) {
      Tensor x = Tensor.of(arena, new float[8], 1, 8);
      LiveHandles before = LiveHandles.now();
      x.segment();
      assertEquals(plus(before, 1, 0, 0, 0, 0), LiveHandles.now());
    }
  }

  /** The usual pattern: a shared arena for the model, a confined one for each call. */
  @Test
  void whatACallMakesEndsWithItsArena() {
    try (Arena models = Arena.ofShared()) {
      Model model = Model.load(models, Fixtures.path("models/mlp.pt")).withThreads(1);
      LiveHandles before = LiveHandles.now();
      for (int i = 0; i < 10; i++) {
        try (Arena call = Arena.ofConfined()) {
          model.forward(call, Tensor.of(call, new float[8], 1, 8)).relu();
          assertEquals(plus(before, 3, 0, 0, 0, 0), LiveHandles.now());
        }
        assertEquals(before, LiveHandles.now());
      }
    }
  }

  /** Two arenas inside each other: what is kept moves out one at a time, and only that. */
  @Test
  void whatIsKeptLivesInTheOuterArena() {
    try (Arena models = Arena.ofShared()) {
      Model model = Model.load(models, Fixtures.path("models/mlp.pt")).withThreads(1);
      LiveHandles before = LiveHandles.now();
      try (Arena outer = Arena.ofConfined()) {
        Tensor kept;
        float[] expected;
        try (Arena call = Arena.ofConfined()) {
          Tensor scores = model.forward(call, Tensor.of(call, new float[8], 1, 8));
          expected = scores.toFloatArray();
          kept = scores.keep(outer);
        }
        assertEquals(plus(before, 1, 0, 0, 0, 0), LiveHandles.now());
        assertArrayEquals(expected, kept.toFloatArray());
      }
      assertEquals(before, LiveHandles.now());
    }
  }

  /** What the counts are for: an arena that nobody closes. */
  @Test
  void anArenaThatIsNotClosedShows() {
    LiveHandles before = LiveHandles.now();
    Arena forgotten = Arena.ofShared();
    for (int i = 1; i <= 5; i++) {
      Tensor.of(forgotten, new float[1], 1);
      assertEquals(before.tensors() + i, LiveHandles.now().tensors());
    }
    forgotten.close();
  }
}
