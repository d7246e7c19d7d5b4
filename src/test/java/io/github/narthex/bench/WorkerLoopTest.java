package io.github.narthex.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.DeviceMemoryException;
import io.github.narthex.ModelLoadException;
import io.github.narthex.OperatorTimes;
import io.github.narthex.load.Outcome;
import io.github.narthex.load.Plan;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class WorkerLoopTest {
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private final SimulatedWorkers workers = new SimulatedWorkers();

  private Protocol.Reply ask(Worker worker, Protocol.Request request) {
    return worker.ask(request, PATIENCE);
  }

  private Worker loaded(String recipe) {
    Worker worker = workers.start(recipe);
    ask(
        worker,
        new Protocol.Load("m.pt", List.of(), List.of(), List.of(), recipe, List.of(), 1, 1));
    return worker;
  }

  @Test
  void loadingAndTheFirstForwardAreTimedApart() {
    workers.with("eager", at -> 7_000_000);

    Protocol.Reply reply =
        ask(
            workers.start("eager"),
            new Protocol.Load("m.pt", List.of(), List.of(), List.of(), "eager", List.of(), 1, 1));

    assertEquals(new Protocol.Loaded(800_000_000, 7_000_000, List.of()), reply);
  }

  @Test
  void turnEndsAtItsTime() {
    workers.with("eager", at -> 10_000_000);

    Protocol.Ran ran =
        assertInstanceOf(
            Protocol.Ran.class, ask(loaded("eager"), new Protocol.Run(2, 3, 20_000, 95_000_000)));

    assertEquals(10, ran.nanos().length);
    assertEquals(10_000_000, ran.nanos()[9]);
  }

  @Test
  void turnHasItsFewestForwardsWhateverTheTime() {
    workers.with("eager", at -> 10_000_000);
    Protocol.Ran ran =
        assertInstanceOf(
            Protocol.Ran.class, ask(loaded("eager"), new Protocol.Run(0, 3, 20_000, 1)));
    assertEquals(3, ran.nanos().length);
  }

  @Test
  void turnEndsAtItsMostForwards() {
    workers.with("eager", at -> 10);
    Protocol.Ran ran =
        assertInstanceOf(
            Protocol.Ran.class, ask(loaded("eager"), new Protocol.Run(1, 3, 5000, Long.MAX_VALUE)));
    assertEquals(5000, ran.nanos().length);
  }

  @Test
  void settlingIsNotTimed() {
    workers.with("eager", at -> 1_000);
    Worker worker = loaded("eager");
    long before = workers.now;
    ask(worker, new Protocol.Run(100, 1, 1, 1));
    assertEquals(101_000, workers.now - before);
  }

  @Test
  void profileSharesOutTheTimeOfAForward() {
    workers.with("eager", at -> 10_000_000);
    Protocol.Profiled profiled =
        assertInstanceOf(Protocol.Profiled.class, ask(loaded("eager"), new Protocol.Profile(5)));
    assertEquals(10_000_000, profiled.wallNanos());
    assertEquals(
        List.of(
            new OperatorShare("aten::mkldnn_convolution", 2, 8, 0.8),
            new OperatorShare(OperatorShare.OUTSIDE, 1, 2, 0.2)),
        profiled.operators());
  }

  /** Their forwards are counted together, and time that no operator has is of all of them. */
  @Test
  void profileOfInstances() {
    Set<Integer> seen = ConcurrentHashMap.newKeySet();
    Engine engine =
        new IdleEngine() {
          @Override
          public void forward(int instance) {
            seen.add(instance);
          }
        };
    WorkerLoop loop =
        new WorkerLoop(engine, System::nanoTime, new ProcessFacts(Path.of("/nowhere")));
    List<Protocol.Reply> replies =
        answers(
            loop,
            new Protocol.Load("m.pt", List.of(), List.of(), List.of(), "eager", List.of(), 1, 2),
            new Protocol.Profile(3));

    assertEquals(Set.of(0, 1), seen);
    Protocol.Profiled profiled = assertInstanceOf(Protocol.Profiled.class, replies.get(1));
    OperatorShare outside = profiled.operators().getFirst();
    assertTrue(outside.isOutside());
    assertEquals(1, outside.calls());
    assertEquals(1, outside.share());
    assertEquals(profiled.wallNanos() / 1e6, outside.selfMs(), 1e-9);
  }

  @Test
  void warmUpEndsWhenSteady() {
    workers.with("eager", at -> 20_000_000);
    Protocol.WarmedUp warm =
        assertInstanceOf(
            Protocol.WarmedUp.class,
            ask(loaded("eager"), new Protocol.WarmUp(2, Long.MAX_VALUE, 3_000_000_000L)));
    assertTrue(warm.steady());
    assertEquals(9, warm.iterations());
    assertEquals(20_000_000, warm.medianNanos());
  }

  @Test
  void warmUpEndsAtItsTime() {
    double[] factor = {1};
    workers.with("eager", at -> (long) (20_000_000 * (factor[0] *= 1.05)));
    Protocol.WarmedUp warm =
        assertInstanceOf(
            Protocol.WarmedUp.class,
            ask(loaded("eager"), new Protocol.WarmUp(2, Long.MAX_VALUE, 1_000_000_000L)));
    assertFalse(warm.steady());
  }

  @Test
  void instancesRunSideBySide() {
    CountDownLatch together = new CountDownLatch(2);
    Set<Integer> seen = ConcurrentHashMap.newKeySet();
    Engine engine =
        new IdleEngine() {
          @Override
          public void forward(int instance) {
            if (seen.add(instance) && seen.size() == 1) {
              return; // the one after loading
            }
            together.countDown();
            try {
              assertTrue(together.await(30, TimeUnit.SECONDS), "the other does not run");
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
          }
        };
    WorkerLoop loop =
        new WorkerLoop(engine, System::nanoTime, new ProcessFacts(Path.of("/nowhere")));
    List<Protocol.Reply> replies =
        answers(
            loop,
            new Protocol.Load("m.pt", List.of(), List.of(), List.of(), "eager", List.of(), 1, 2),
            new Protocol.WarmUp(2, 2, Long.MAX_VALUE),
            new Protocol.Run(1, 3, 3, Long.MAX_VALUE));

    assertEquals(Set.of(0, 1), seen);
    assertEquals(2, assertInstanceOf(Protocol.WarmedUp.class, replies.get(1)).iterations());
    assertEquals(6, assertInstanceOf(Protocol.Ran.class, replies.get(2)).nanos().length);
  }

  @Test
  void aLoadIsServedByAllInstances() {
    Set<Integer> servers = ConcurrentHashMap.newKeySet();
    Set<Long> requests = ConcurrentHashMap.newKeySet();
    CountDownLatch together = new CountDownLatch(2);
    Engine engine =
        new IdleEngine() {
          @Override
          public void forward(int instance) {}

          @Override
          public void forward(int instance, long request) {
            assertTrue(requests.add(request), "twice: " + request);
            if (servers.add(instance)) {
              together.countDown();
            }
            try {
              assertTrue(together.await(30, TimeUnit.SECONDS), "the other does not serve");
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
          }
        };
    List<Protocol.Reply> replies =
        answers(
            new WorkerLoop(engine, System::nanoTime, new ProcessFacts(Path.of("/nowhere"))),
            new Protocol.Load("m.pt", List.of(), List.of(), List.of(), "eager", List.of(), 1, 2),
            new Protocol.Hold(List.of(List.of("a"), List.of("b"))),
            Protocol.Drive.of(new Plan.Queries(8, 5, Long.MAX_VALUE)));

    assertEquals(new Protocol.Held(2), replies.get(1));
    Outcome outcome = assertInstanceOf(Protocol.Driven.class, replies.get(2)).outcome();
    assertEquals(40, requests.size());
    assertEquals(5, outcome.asked());
    assertEquals(40, outcome.service().count());
    assertEquals(2, outcome.servers());
    assertEquals(Set.of(0, 1), servers);
  }

  private static List<Protocol.Reply> answers(WorkerLoop loop, Protocol.Request... requests) {
    Protocol protocol = new Protocol();
    Iterator<String> lines = Stream.of(requests).map(protocol::encode).iterator();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    loop.run(
        () -> lines.hasNext() ? lines.next() : null,
        new PrintStream(bytes, true, StandardCharsets.UTF_8));
    return bytes
        .toString(StandardCharsets.UTF_8)
        .lines()
        .map(protocol::answer)
        .filter(Objects::nonNull)
        .map(Protocol.Answer::reply)
        .toList();
  }

  /** Does nothing. */
  private abstract static class IdleEngine implements Engine {
    @Override
    public long peakDeviceBytes() {
      return 0;
    }

    @Override
    public Protocol.Prepared prepare(Protocol.Prepare request) {
      throw new UnsupportedOperationException();
    }

    @Override
    public List<String> load(Protocol.Load request) {
      return List.of();
    }

    @Override
    public OperatorTimes profile(Runnable forwards) {
      forwards.run();
      return new OperatorTimes(List.of());
    }

    @Override
    public int hold(List<List<String>> samples) {
      return samples.size();
    }

    @Override
    public void forward(int instance, long request) {
      forward(instance);
    }

    @Override
    public List<List<String>> outputs(Protocol.Outputs request) {
      return List.of();
    }

    @Override
    public long save(Path file) {
      return 0;
    }

    @Override
    public void close() {}
  }

  @Test
  void errorsKeepTheirKind() {
    workers.with(
        "eager",
        at -> {
          throw new ModelLoadException("bad file", "the whole story");
        });

    WorkerFailure failure = assertThrows(WorkerFailure.class, () -> loaded("eager"));

    assertEquals(Status.FAILED, failure.status());
    assertEquals("bad file", failure.reason());
    assertEquals("ModelLoadException", failure.kind());
    assertTrue(failure.detail().startsWith("the whole story"), failure.detail());
    assertTrue(failure.detail().contains("at "), "with a stack trace");
  }

  @Test
  void memoryThatCanNotBeHad() {
    workers.with(
        "a",
        at -> {
          throw new DeviceMemoryException("no memory for 8 TB");
        });
    workers.with(
        "b",
        at -> {
          throw new OutOfMemoryError("Java heap space");
        });

    assertEquals(
        Status.OUT_OF_MEMORY, assertThrows(WorkerFailure.class, () -> loaded("a")).status());
    assertEquals(
        Status.OUT_OF_MEMORY, assertThrows(WorkerFailure.class, () -> loaded("b")).status());
  }
}
