package io.github.narthex;

import static io.github.narthex.MoreAssertions.assertThrowsWith;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Arenas that another thread, or the garbage collector, may close at any moment. */
@ExtendWith(LeakCheck.class)
class SharedArenaTest {
  private static final int ROUNDS = 300;

  /** What a thread does with an arena that another one closes meanwhile. */
  private interface Use {
    void with(Arena closing, Tensor input);
  }

  /**
   * Closes arenas in the middle of their use: the use ends with the JDK's exception or with its
   * result, the closing with success or a refusal; and nothing is left behind.
   */
  private static void closeDuring(Use use) throws InterruptedException {
    AtomicInteger finished = new AtomicInteger();
    for (int round = 0; round < ROUNDS; round++) {
      Arena arena = Arena.ofShared();
      MemorySegment memory = GuardedMemory.atEnd(arena, 64);
      memory.fill((byte) 0);
      Tensor input = Tensor.of(arena, memory, DType.FLOAT32, Shape.of(2, 8));
      Thread user =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      for (int i = 0; i < 1000; i++) {
                        use.with(arena, input);
                        finished.incrementAndGet();
                      }
                    } catch (IllegalStateException e) {
                      // Closed: by the core's check, or by the linker in the race after it.
                    }
                  });
      while (finished.get() == round * 2 && user.isAlive()) {
        Thread.onSpinWait();
      }
      while (!closed(arena)) {
        Thread.onSpinWait();
      }
      user.join();
    }
    assertTrue(finished.get() > 0, "no call finished: the test proves nothing");
  }

  private static boolean closed(Arena arena) {
    try {
      arena.close();
      return true;
    } catch (IllegalStateException e) {
      return false; // In use by a call.
    }
  }

  @Test
  void closedDuringAnOperator() throws InterruptedException {
    closeDuring((arena, input) -> input.add(input));
  }

  @Test
  void closedDuringAForward() throws InterruptedException {
    try (Arena models = Arena.ofShared()) {
      Model model = Model.load(models, Fixtures.path("models/mlp.pt")).withThreads(1);
      closeDuring(
          (arena, input) -> {
            try (Arena results = Arena.ofConfined()) {
              model.forward(results, input);
            }
          });
    }
  }

  /** The results' arena is not among the arguments of the call. */
  @Test
  void resultsArenaClosedDuringAForward() throws InterruptedException {
    try (Arena models = Arena.ofShared()) {
      Model model = Model.load(models, Fixtures.path("models/list-output.pt")).withThreads(1);
      Tensor own = Tensor.of(models, new float[6], 2, 3);
      closeDuring((arena, input) -> model.forward(arena, Value.of(own)));
      closeDuring((arena, input) -> Operator.of("aten::unbind.int").call(arena, Value.of(own)));
    }
  }

  @Test
  void closedDuringTheOpeningOfASession() throws InterruptedException {
    try (Arena models = Arena.ofShared()) {
      Model model = Model.load(models, Fixtures.path("models/mlp.pt")).withThreads(1);
      closeDuring((arena, input) -> Session.open(arena, model, Value.of(input)).run());
      closeDuring(
          (arena, input) -> {
            Tensor own = Tensor.of(arena, new float[16], 2, 8);
            try (Arena sessions = Arena.ofConfined()) {
              Session.open(sessions, model, Value.of(own)).run();
            }
          });
    }
  }

  @Test
  void closedDuringASessionsRun() throws InterruptedException {
    try (Arena models = Arena.ofShared()) {
      Model model = Model.load(models, Fixtures.path("models/mlp.pt")).withThreads(1);
      Session[] open = new Session[1];
      Arena[] owner = new Arena[1];
      closeDuring(
          (arena, input) -> {
            if (!arena.equals(owner[0])) {
              owner[0] = arena;
              open[0] = Session.open(arena, model, Value.of(input));
            }
            open[0].run();
            open[0].output(0).toFloatArray();
          });
    }
  }

  @Test
  void closedDuringATrace() throws InterruptedException {
    closeDuring(
        (arena, input) -> {
          try (Arena tracing = Arena.ofConfined()) {
            Trace trace = Trace.begin(tracing, new Weights().parameter("w", input), input, input);
            trace.end(tracing, trace.input(0).add(trace.weight("w")), trace.input(1));
          }
        });
  }

  @Test
  void closedWhileItsSegmentIsRead() throws InterruptedException {
    closeDuring((arena, input) -> input.segment().toArray(JAVA_FLOAT));
    closeDuring((arena, input) -> assertFalse(String.valueOf(input).isEmpty()));
  }

  @Test
  void tensorsOfManySharedArenas() {
    List<Arena> arenas = new ArrayList<>();
    List<Value> items = new ArrayList<>();
    Arena models = Arena.ofShared();
    arenas.add(models);
    Model model = Model.load(models, Fixtures.path("models/list-input.pt"));
    try (Arena results = Arena.ofConfined()) {
      for (int i = 0; i < 6; i++) {
        Arena arena = Arena.ofShared();
        arenas.add(arena);
        items.add(Value.of(Tensor.of(arena, new float[] {i}, 1)));
      }
      Value list = Value.list(items.toArray(Value[]::new));
      assertArrayEquals(
          new float[] {0, 1, 2, 3, 4, 5}, model.forward(results, list).tensor().toFloatArray());
      assertArrayEquals(
          new float[] {0, 1, 2, 3, 4, 5},
          Operator.of("aten::cat").tensor(results, list).toFloatArray());
      // A segment's memory can't be held by a handle; there, the number is limited.
      List<Value> views = new ArrayList<>();
      for (Arena arena : arenas) {
        MemorySegment memory = arena.allocate(4, 4);
        views.add(Value.of(Tensor.of(arena, memory, DType.FLOAT32, Shape.of(1))));
      }
      assertEquals(
          4,
          model
              .forward(results, Value.list(views.subList(0, 4).toArray(Value[]::new)))
              .tensor()
              .elementCount());
      assertThrowsWith(
          IllegalArgumentException.class,
          "at most 4 different shared arenas",
          () -> model.forward(results, Value.list(views.toArray(Value[]::new))));
      // Two views in one arena count once.
      Value[] twice = {views.get(1), views.get(1), views.get(2), views.get(2), views.get(1)};
      assertEquals(5, model.forward(results, Value.list(twice)).tensor().elementCount());
    } finally {
      arenas.forEach(Arena::close);
    }
  }

  /** Nothing that a call is using is collected; what nobody uses any more is freed. */
  @Test
  void automaticArenasUnderPressure() throws InterruptedException {
    LiveHandles before = LiveHandles.now();
    Model model = Model.load(Arena.ofAuto(), Fixtures.path("models/identity.pt"));
    Thread collector =
        Thread.ofPlatform()
            .daemon()
            .start(
                () -> {
                  while (!Thread.currentThread().isInterrupted()) {
                    System.gc();
                    LockSupport.parkNanos(1_000_000);
                  }
                });
    try {
      for (int i = 0; i < 100; i++) {
        assertArrayEquals(
            new float[] {i, i}, model.forward(Arena.ofAuto(), automatic(i)).toFloatArray());
        assertArrayEquals(new float[] {i, i}, automatic(i).relu().segment().toArray(JAVA_FLOAT));
        Arena arena = Arena.ofAuto();
        Session session = Session.open(arena, model, Value.of(automatic(arena, i)));
        try {
          session.run();
          assertEquals(i, session.output(0).segment().getAtIndex(JAVA_FLOAT, 1));
        } finally {
          Reference.reachabilityFence(session); // Its outputs end with it.
        }
      }
    } finally {
      collector.interrupt();
      collector.join();
    }
    model = null;
    for (int i = 0; i < 200 && !LiveHandles.now().equals(before); i++) {
      System.gc();
      Thread.sleep(20);
    }
    assertEquals(before, LiveHandles.now());
  }

  private static Tensor automatic(int value) {
    return automatic(Arena.ofAuto(), value);
  }

  /** A tensor over a segment that nothing else refers to. */
  private static Tensor automatic(Arena arena, int value) {
    MemorySegment memory = arena.allocate(8, 8);
    memory.setAtIndex(JAVA_FLOAT, 0, value);
    memory.setAtIndex(JAVA_FLOAT, 1, value);
    return Tensor.of(arena, memory, DType.FLOAT32, Shape.of(2));
  }
}
