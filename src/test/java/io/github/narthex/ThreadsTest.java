package io.github.narthex;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Many callers of one model: right results, and nothing left behind. */
@ExtendWith(LeakCheck.class)
class ThreadsTest {
  private static final int CALLERS = 8;

  @TempDir Path folder = Path.of("");

  private static void concurrently(Supplier<ExecutorService> executor, Runnable work)
      throws InterruptedException, ExecutionException {
    try (ExecutorService threads = executor.get()) {
      List<Future<?>> callers = new ArrayList<>();
      for (int i = 0; i < CALLERS; i++) {
        callers.add(threads.submit(work));
      }
      for (Future<?> caller : callers) {
        caller.get();
      }
    }
  }

  /** libtorch does not guard the attributes that a call changes. */
  @Test
  void statefulModelsAreReadBesideCalls() throws Exception {
    String source = "def forward(self, x):\n    self.h = self.h + x\n    return self.h";
    try (Arena shared = Arena.ofShared()) {
      Tensor start = Tensor.of(shared, new float[8], 8);
      Model model = Model.script(shared, new Weights().buffer("h", start), source);
      Tensor x = Tensor.of(shared, new float[8], 8);
      Path file = folder.resolve("model.pt");
      concurrently(
          () -> Executors.newFixedThreadPool(CALLERS),
          () -> {
            for (int i = 0; i < 100; i++) {
              try (Arena arena = Arena.ofConfined()) {
                model.forward(arena, x);
                model.stateDict(arena);
                model.eval(arena);
                model.freeze(arena);
                model.half(arena);
                if (i % 20 == 0) {
                  model.save(file);
                }
              }
            }
          });
    }
  }

  @ParameterizedTest
  @CsvSource({"1, false, 500", "2, false, 500", "1, true, 500", "2, true, 500"})
  void manyCallersOfOneModel(int intraOp, boolean virtual, int forwards)
      throws InterruptedException, ExecutionException {
    Supplier<ExecutorService> executor =
        virtual
            ? Executors::newVirtualThreadPerTaskExecutor
            : () -> Executors.newFixedThreadPool(CALLERS);
    try (Arena models = Arena.ofShared()) {
      Model model = Model.load(models, Fixtures.path("models/convnet.pt")).withThreads(intraOp);
      Tensor[] inputs = new Tensor[4];
      float[][] expected = new float[inputs.length][];
      for (int i = 0; i < inputs.length; i++) {
        float[] pixels = new float[3 * 16 * 16];
        for (int j = 0; j < pixels.length; j++) {
          pixels[j] = (float) Math.sin(i + j * 0.1);
        }
        inputs[i] = Tensor.of(models, pixels, 1, 3, 16, 16);
        expected[i] = model.withThreads(1).forward(models, inputs[i]).toFloatArray();
      }
      LiveHandles before = LiveHandles.now();
      concurrently(
          executor,
          () -> {
            for (int i = 0; i < forwards; i++) {
              int which = i % inputs.length;
              try (Arena call = Arena.ofConfined()) {
                float[] actual = model.forward(call, inputs[which]).toFloatArray();
                assertArrayEquals(expected[which], actual, 1e-5f);
              }
            }
          });
      assertEquals(before, LiveHandles.now());
    }
  }

  @Test
  void oneSessionForEachCaller() throws InterruptedException, ExecutionException {
    try (Arena models = Arena.ofShared()) {
      Model model = Model.load(models, Fixtures.path("models/mlp.pt")).withThreads(1);
      concurrently(
          () -> Executors.newFixedThreadPool(CALLERS),
          () -> {
            try (Arena arena = Arena.ofConfined()) {
              MemorySegment memory = arena.allocate(32, 64);
              Tensor x = Tensor.of(arena, memory, DType.FLOAT32, Shape.of(1, 8));
              Session session = Session.open(arena, model, Value.of(x));
              for (int i = 0; i < 2_000; i++) {
                memory.setAtIndex(JAVA_FLOAT, i % 8, i);
                session.run();
                if (i % 100 == 0) {
                  float[] expected = model.forward(arena, x).toFloatArray();
                  assertArrayEquals(expected, session.output(0).toFloatArray());
                }
              }
            }
          });
    }
  }

  /** A session in a shared arena may wander from thread to thread. */
  @Test
  void aSessionUsedByOneThreadAfterAnother() throws InterruptedException {
    try (Arena arena = Arena.ofShared()) {
      Model model = Model.load(arena, Fixtures.path("models/mlp.pt"));
      Tensor x = Tensor.of(arena, new float[8], 1, 8);
      Session session = Session.open(arena, model, Value.of(x));
      float[] expected = model.forward(arena, x).toFloatArray();
      for (int i = 0; i < 20; i++) {
        float[][] actual = new float[1][];
        Runnable run =
            () -> {
              session.run();
              actual[0] = session.output(0).toFloatArray();
            };
        (i % 2 == 0 ? Thread.ofPlatform() : Thread.ofVirtual()).start(run).join();
        assertArrayEquals(expected, actual[0]);
      }
    }
  }

  /** Modes are set inside each call: what a virtual thread leaves must not reach another. */
  @Test
  @SuppressWarnings("ThreadPriorityCheck") // yielding is what lets another thread take the carrier
  void gradientModesDoNotLeak() throws InterruptedException, ExecutionException {
    try (Arena models = Arena.ofShared()) {
      Model plain = Model.load(models, Fixtures.path("models/mlp.pt")).withThreads(1);
      Tensor x = Tensor.of(models, new float[8], 1, 8);
      float[] expected = plain.forward(models, x).toFloatArray();
      concurrently(
          Executors::newVirtualThreadPerTaskExecutor,
          () -> {
            for (int i = 0; i < 200; i++) {
              GradMode mode = List.of(GradMode.values()).get(i % 3);
              try (Arena call = Arena.ofConfined()) {
                Tensor y = plain.withGradMode(mode).forward(call, x);
                Thread.yield();
                assertArrayEquals(expected, y.toFloatArray(), 1e-6f);
                // Changing it in place works, whatever mode it came from.
                Operator.of("aten::zero_").call(call, Value.of(y));
              }
            }
          });
    }
  }
}
