package io.github.narthex.bundle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.DType;
import io.github.narthex.LeakCheck;
import io.github.narthex.OperatorException;
import io.github.narthex.Shape;
import io.github.narthex.Tensor;
import io.github.narthex.Tensors;
import io.github.narthex.Value;
import io.github.narthex.bundle.Configuration.Run;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that are joined. */
@ExtendWith(LeakCheck.class)
class MicroBatchingTest {
  /** Each row's answer tells of the row alone, and {@code n} of how many rows there were. */
  private static final String TELLS_ROWS =
      """
      def forward(self, x):
          assert bool(x.min() >= 0), "a negative number"
          n = torch.ones(x.size(0), 1).long() * x.size(0)
          return {"twice": x * 2, "parts": (x.sum(1), [n, x.long()])}
      """;

  /** So long that a test that waits for its end fails by other means. */
  private static final double FOR_EVER_MS = 60_000;

  @TempDir Path folder;

  private Path target() {
    return folder.resolve("b");
  }

  private static Run run(int instances, int batch, double waitMs) {
    return new Run(1, instances, batch, waitMs, 1000);
  }

  private static Tensor rows(Arena arena, int count, float first) {
    float[] elements = new float[count * 3];
    for (int i = 0; i < elements.length; i++) {
      elements[i] = first + i;
    }
    return Tensor.of(arena, elements, count, 3);
  }

  /** Checks an answer to {@link #rows}, and returns how many rows were run together. */
  private static int check(Value answer, int count, float first) {
    List<Tensor> parts = answer.tensors();
    float[] twice = parts.get(0).toFloatArray();
    float[] sums = parts.get(1).toFloatArray();
    long[] whole = parts.get(3).toLongArray();
    assertEquals(Shape.of(count, 3), parts.get(0).shape());
    assertEquals(Shape.of(count), parts.get(1).shape());
    for (int row = 0; row < count; row++) {
      float x = first + row * 3;
      assertArrayEquals(
          new float[] {2 * x, 2 * x + 2, 2 * x + 4},
          Arrays.copyOfRange(twice, row * 3, row * 3 + 3));
      assertEquals(3 * x + 3, sums[row]);
      assertEquals((long) x, whole[row * 3]);
    }
    return (int) parts.get(2).toLongArray()[0];
  }

  /** How many rows were run together for the answer. */
  private static int ask(Bundle bundle, int count, float first) {
    try (Arena call = Arena.ofConfined()) {
      Value x = Value.of(rows(call, count, first));
      return check(bundle.predict(call, x), count, first);
    }
  }

  /** The first ones wait for ever unless the others join them. */
  @Test
  void aFullBatchRunsAtOnce() throws Exception {
    Bundles.scripted(target(), TELLS_ROWS, run(1, 6, FOR_EVER_MS), "1x3:float32:0..9");
    try (Bundle bundle = Bundle.open(target());
        ExecutorService callers = Executors.newCachedThreadPool()) {
      for (int round = 0; round < 5; round++) {
        List<Future<Integer>> all = new ArrayList<>();
        for (int count : new int[] {1, 2, 1, 2}) {
          float first = 10 * count + round;
          all.add(callers.submit(() -> ask(bundle, count, first)));
        }
        for (Future<Integer> caller : all) {
          assertEquals(6, caller.get());
        }
      }
    }
  }

  @Test
  void whatHasNoRoomBeginsAnotherBatch() throws Exception {
    Bundles.scripted(target(), TELLS_ROWS, run(1, 4, FOR_EVER_MS), "1x3:float32:0..9");
    try (Bundle bundle = Bundle.open(target());
        ExecutorService callers = Executors.newCachedThreadPool()) {
      // Whichever comes first: 3 and 3 do not fit, so that one runs alone, and 1 fills the other.
      List<Future<Integer>> all = new ArrayList<>();
      for (int count : new int[] {3, 3, 1}) {
        all.add(callers.submit(() -> ask(bundle, count, count)));
      }
      List<Integer> rows = new ArrayList<>();
      for (Future<Integer> caller : all) {
        rows.add(caller.get());
      }
      assertEquals(Set.of(3, 4), new HashSet<>(rows));
      assertEquals(4, rows.get(2));
    }
  }

  @Test
  void oneAloneWaitsNoLongerThanAllowed() {
    Bundles.scripted(target(), TELLS_ROWS, run(1, 4, 1), "1x3:float32:0..9");
    try (Bundle bundle = Bundle.open(target())) {
      assertEquals(1, ask(bundle, 1, 5));
      assertEquals(3, ask(bundle, 3, 5));
      Thread.currentThread().interrupt();
      assertEquals(1, ask(bundle, 1, 5), "an interrupt is no reason");
      assertTrue(Thread.interrupted());
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 4, 0", "2, 4, 0", "2, 3, 1", "1, 16, 2"})
  void mixedSizesUnderLoad(int instances, int batch, double waitMs) throws Exception {
    Bundles.scripted(target(), TELLS_ROWS, run(instances, batch, waitMs), "1x3:float32:0..9");
    try (Bundle bundle = Bundle.open(target());
        ExecutorService callers = Executors.newFixedThreadPool(8)) {
      List<Future<?>> all = new ArrayList<>();
      for (int caller = 0; caller < 8; caller++) {
        Random random = new Random(caller);
        all.add(
            callers.submit(
                () -> {
                  for (int i = 0; i < 100; i++) {
                    int count = 1 + random.nextInt(5);
                    int together = ask(bundle, count, random.nextInt(1000));
                    assertTrue(together >= count && together <= Math.max(batch, count));
                  }
                }));
      }
      for (Future<?> caller : all) {
        caller.get();
      }
    }
  }

  /** Of other shapes or types: by themselves, with the model's own complaint if it has one. */
  @Test
  void whatLooksDifferentIsNotJoined() throws Exception {
    Bundles.scripted(target(), TELLS_ROWS, run(1, 2, FOR_EVER_MS), "1x3:float32:0..9");
    try (Bundle bundle = Bundle.open(target());
        ExecutorService callers = Executors.newCachedThreadPool();
        Arena arena = Arena.ofShared()) {
      Future<Integer> first = callers.submit(() -> ask(bundle, 1, 7));
      Tensor wide = Tensors.ones(arena, DType.FLOAT32, Shape.of(1, 5));
      Tensor doubles = Tensors.ones(arena, DType.FLOAT64, Shape.of(1, 3));
      Tensor many = Tensors.ones(arena, DType.FLOAT32, Shape.of(9, 3));
      Tensor flat = Tensors.ones(arena, DType.FLOAT32, Shape.of(3));
      for (Tensor x : List.of(wide, doubles, many)) {
        Value answer = bundle.predict(arena, Value.of(x));
        assertEquals(x.shape(), answer.tensors().getFirst().shape());
        assertEquals(x.dtype(), answer.tensors().getFirst().dtype());
        assertEquals(x.shape().dim(0), answer.tensors().get(2).toLongArray()[0]);
      }
      assertThrows(OperatorException.class, () -> bundle.predict(arena, Value.of(flat)));
      assertThrows(IllegalArgumentException.class, () -> bundle.predict(arena, Value.of(1)));
      assertThrows(IllegalArgumentException.class, () -> bundle.predict(arena, new Value[0]));
      assertEquals(2, ask(bundle, 1, 8), "the first one still waits");
      assertEquals(2, first.get());
    }
  }

  /** One that the model refuses for its numbers spoils no other's answer. */
  @Test
  void aBadRequestAmongGoodOnes() throws Exception {
    Bundles.scripted(target(), TELLS_ROWS, run(1, 3, FOR_EVER_MS), "1x3:float32:0..9");
    try (Bundle bundle = Bundle.open(target());
        ExecutorService callers = Executors.newCachedThreadPool()) {
      for (int round = 0; round < 3; round++) {
        Future<Integer> one = callers.submit(() -> ask(bundle, 1, 1));
        Future<Integer> bad = callers.submit(() -> ask(bundle, 1, -9));
        Future<Integer> two = callers.submit(() -> ask(bundle, 1, 2));
        assertEquals(1, one.get(), "run by itself");
        assertEquals(1, two.get(), "run by itself");
        var failure = assertThrows(ExecutionException.class, bad::get);
        assertInstanceOf(OperatorException.class, failure.getCause());
        assertTrue(String.valueOf(failure.getMessage()).contains("a negative number"));
      }
      List<Future<Integer>> good = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        good.add(callers.submit(() -> ask(bundle, 1, 3)));
      }
      for (Future<Integer> caller : good) {
        assertEquals(3, caller.get(), "joined as before");
      }
    }
  }

  @Test
  void aBadRequestAlone() {
    Bundles.scripted(target(), TELLS_ROWS, run(1, 3, 0), "1x3:float32:0..9");
    try (Bundle bundle = Bundle.open(target())) {
      assertThrows(OperatorException.class, () -> ask(bundle, 1, -9));
      assertEquals(1, ask(bundle, 1, 9));
    }
  }

  /** Who can't take an answer any more leaves the others theirs. */
  @Test
  void anArenaThatIsClosed() throws Exception {
    Bundles.scripted(target(), TELLS_ROWS, run(1, 2, FOR_EVER_MS), "1x3:float32:0..9");
    try (Bundle bundle = Bundle.open(target());
        ExecutorService callers = Executors.newCachedThreadPool()) {
      Future<Integer> good = callers.submit(() -> ask(bundle, 1, 1));
      Arena closed = Arena.ofConfined();
      closed.close();
      try (Arena call = Arena.ofConfined()) {
        Value x = Value.of(rows(call, 1, 4));
        assertThrows(IllegalStateException.class, () -> bundle.predict(closed, x));
      }
      assertEquals(2, good.get());
    }
  }

  @Test
  void severalInputs() {
    Bundles.scripted(
        target(),
        "def forward(self, ids, scale, bias: float = 1.0):\n    return ids * scale + bias\n",
        run(1, 4, 0),
        "1x2:int64:0..5",
        "1x1:float32:0..5");
    try (Bundle bundle = Bundle.open(target());
        Arena arena = Arena.ofConfined()) {
      Tensor ids = Tensor.of(arena, new long[] {1, 2, 3, 4}, 2, 2);
      Tensor scale = Tensor.of(arena, new float[] {10, 100}, 2, 1);
      assertArrayEquals(
          new float[] {11, 21, 301, 401}, bundle.predict(arena, ids, scale).toFloatArray());
      // Not row by row in memory; and an argument more, which is not joined.
      Tensor transposed = Tensor.of(arena, new long[] {1, 3, 2, 4}, 2, 2).transpose(0, 1);
      assertArrayEquals(
          new float[] {11, 21, 301, 401}, bundle.predict(arena, transposed, scale).toFloatArray());
      Value more = bundle.predict(arena, Value.of(ids), Value.of(scale), Value.of(0.0));
      assertArrayEquals(new float[] {10, 20, 300, 400}, more.tensor().toFloatArray());
    }
  }

  /** What a model returns of its input is a copy: the next batch must not write to it. */
  @Test
  void answersAreTheCallersOwn() {
    Bundles.scripted(
        target(), "def forward(self, x):\n    return x, x[:, :1]\n", run(1, 4, 0), "1x3");
    try (Bundle bundle = Bundle.open(target());
        Arena arena = Arena.ofConfined()) {
      List<Tensor> first = bundle.predict(arena, Value.of(rows(arena, 2, 1))).tensors();
      bundle.predict(arena, Value.of(rows(arena, 2, 50)));
      assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, first.get(0).toFloatArray());
      assertArrayEquals(new float[] {1, 4}, first.get(1).toFloatArray());
    }
  }

  @Test
  void virtualThreads() throws Exception {
    Bundles.scripted(target(), TELLS_ROWS, run(2, 4, 1), "1x3:float32:0..9");
    try (Bundle bundle = Bundle.open(target());
        ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Integer>> all = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        int first = i;
        all.add(callers.submit(() -> ask(bundle, 1 + first % 4, first)));
      }
      for (Future<Integer> caller : all) {
        caller.get();
      }
    }
  }

  @Test
  void closingUnderLoad() throws Exception {
    Bundles.scripted(target(), TELLS_ROWS, run(2, 4, 1), "1x3:float32:0..9");
    Bundle bundle = Bundle.open(target());
    AtomicInteger answered = new AtomicInteger();
    try (ExecutorService callers = Executors.newFixedThreadPool(6)) {
      List<Future<String>> all = new ArrayList<>();
      for (int caller = 0; caller < 6; caller++) {
        all.add(
            callers.submit(
                () -> {
                  while (true) {
                    try {
                      ask(bundle, 1, answered.incrementAndGet());
                    } catch (IllegalStateException e) {
                      return String.valueOf(e.getMessage());
                    }
                  }
                }));
      }
      while (answered.get() < 50) {
        Thread.onSpinWait();
      }
      bundle.close();
      for (Future<String> caller : all) {
        assertEquals("the bundle is closed", caller.get());
      }
    }
  }

  /** With graphs that are compiled for each shape, batches are rounded up, to few shapes. */
  @Test
  void compiledShapes() throws Exception {
    Bundles.mlp(target(), "onednn-graph", run(1, 7, 0));
    try (Bundle bundle = Bundle.open(target());
        Arena arena = Arena.ofConfined()) {
      int warm = bundle.model().compilations().size();
      assertEquals(4, warm, "1, 2, 4 and 7 rows");
      for (int count = 1; count <= 7; count++) {
        Tensor x = Tensors.rand(arena, DType.FLOAT32, Shape.of(count, 784), generator(arena));
        assertArrayEquals(
            bundle.model().withOneDnnGraph().forward(arena, x).toFloatArray(),
            bundle.predict(arena, x).toFloatArray(),
            1e-5f);
      }
    }
  }

  private static io.github.narthex.Generator generator(Arena arena) {
    return io.github.narthex.Generator.seeded(arena, 1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "return x.sum() ; output 0 has the shape scalar for one row and scalar for two",
        "return x.t() ; output 0 has the shape 3x1 for one row and 3x2 for two",
        "return x.softmax(0) ; answers to joined requests differ from those to each by itself",
        "return x.cumsum(0) ; answers to joined requests differ from those to each by itself",
        "return x, 4 ; it returns something that is no tensor: (T, ?)",
        "return x.reshape(1, 3) ; the model does not run on two rows",
      })
  void modelsThatCanNotBeJoined(String pair) throws IOException {
    String[] parts = pair.split(" ; ", 2);
    Bundles.scripted(
        target(),
        "def forward(self, x):\n    " + parts[0] + "\n",
        run(1, 4, 0),
        "1x3:float32:1..9");
    var e = assertThrows(ConfigurationException.class, () -> Bundle.open(target()));
    assertTrue(
        String.valueOf(e.getMessage())
            .contains("run.batch: requests to this model can't be joined: " + parts[1]),
        e.getMessage());
    assertTrue(e.line() > 10, "says where");
    Bundles.edit(target(), "batch: 4", "batch: 1");
    Bundles.edit(target(), "max-wait-ms: 0", "# max-wait-ms: 0");
    Bundle.open(target()).close();
  }
}
