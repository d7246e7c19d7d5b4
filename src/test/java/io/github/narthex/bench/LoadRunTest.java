package io.github.narthex.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.load.Arrivals;
import io.github.narthex.load.Load;
import io.github.narthex.load.Slo;
import io.github.narthex.strategy.Threads;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class LoadRunTest {
  private static final ModelInfo MODEL =
      new ModelInfo("mlp", "built-in", 3, 12, 1012, true, false, false);

  private static final Protocol.Prepared PREPARED =
      new Protocol.Prepared(
          "m.pt",
          MODEL,
          List.of("aten::linear"),
          List.of("1x3:float32"),
          1,
          List.of("a.npy"),
          List.of(List.of("a.npy"), List.of("b.npy")),
          List.of(new Protocol.Argument("x", "float32")),
          null,
          List.of(),
          "2.15.0");

  @TempDir Path directory;

  /** How many workers there were. */
  private int started;

  private final List<String> closed = new ArrayList<>();

  /** Serves in no time, in this process; the n-th load that it is asked for may fail. */
  private final class Idle implements Worker {
    private final String name;
    private final List<Integer> failing;

    Idle(String name, List<Integer> failing) {
      this.name = name;
      this.failing = failing;
    }

    @Override
    public Protocol.Reply ask(Protocol.Request request, Duration timeout) {
      return switch (request) {
        case Protocol.Load load -> new Protocol.Loaded(1, 2, List.of("with " + load.recipe()));
        case Protocol.Hold hold -> new Protocol.Held(hold.samples().size());
        case Protocol.WarmUp _ -> new Protocol.WarmedUp(9, true, 1e6);
        case Protocol.Drive drive -> {
          if (failing.contains(drives++)) {
            throw new WorkerFailure(Status.CRASHED, "ended by signal 11\n(SIGSEGV)");
          }
          Load load = Load.startingAt(drive.plan(), 1, System.nanoTime());
          load.serve(0, (server, sample) -> {});
          yield new Protocol.Driven(load.outcome(), Disturbance.NONE);
        }
        default -> throw new UnsupportedOperationException(request.toString());
      };
    }

    @Override
    public PeakMemory peak() {
      return new PeakMemory(77, 0);
    }

    @Override
    public void close() {
      closed.add(name);
    }
  }

  private int drives;

  private static LoadTask task(LoadMode mode, @Nullable Slo slo) {
    return new LoadTask(
        "mlp",
        PackageOptions.NONE,
        List.of(),
        null,
        "freeze",
        Threads.of(1),
        "cpu",
        mode,
        slo,
        Duration.ofMillis(5),
        0);
  }

  private static LoadResult run(LoadTask task, Worker.Factory workers) {
    Protocol.Load load =
        new Protocol.Load(
            "m.pt", List.of(), List.of("a.npy"), List.of(), task.recipe(), List.of(), 1, 1);
    try (LoadWorker worker = new LoadWorker(workers, load, PREPARED.accuracyInputs())) {
      return new LoadRun(task, worker, Progress.SILENT)
          .run(PREPARED, SystemProbe.ofThisMachine().environment("2.15.0"));
    }
  }

  private LoadResult idle(LoadMode mode, @Nullable Slo slo, Integer... failing) {
    return run(task(mode, slo), name -> new Idle(name + started++, List.of(failing)));
  }

  @Test
  void oneWorkerForAllRows() {
    LoadResult result = idle(new LoadMode.Closed(List.of(1, 2, 4)), null);
    assertEquals(
        List.of("1 caller", "2 callers", "4 callers"),
        result.rows().stream().map(LoadRow::name).toList());
    assertEquals(List.of("with freeze"), result.notes());
    assertEquals(2, result.samples());
    assertEquals(77, result.peakRssBytes());
    assertEquals(List.of("load0"), closed);
    assertTrue(result.isUseful());
    assertTrue(result.found().isEmpty());
  }

  @Test
  void aCrashIsARowAndTheNextRowHasAnotherWorker() {
    LoadResult result = idle(new LoadMode.Closed(List.of(1, 2, 4)), null, 1);
    LoadRow fallen = result.rows().get(1);
    assertEquals(Status.CRASHED, fallen.status());
    assertEquals("ended by signal 11 (SIGSEGV)", fallen.reason());
    assertNull(fallen.outcome());
    assertNotNull(result.rows().get(2).outcome());
    assertEquals(List.of("load0", "load1"), closed);
    assertTrue(result.isUseful());
    assertTrue(
        result.verdict().endsWith(" 2 callers: crashed, ended by signal 11 (SIGSEGV)."),
        result.verdict());
  }

  @Test
  void aProcessThatDiesIsARow() {
    WorkerCommand command = FakeWorker.command("load");
    LoadResult result =
        run(
            task(new LoadMode.Closed(List.of(1, 4, 2)), null),
            name -> WorkerProcess.start(command, directory, name + started++, 0));
    assertEquals(
        List.of(Status.OK, Status.CRASHED, Status.OK),
        result.rows().stream().map(LoadRow::status).toList());
    assertEquals("ended by signal 9 (SIGKILL)", result.rows().get(1).reason());
    assertEquals(2, started);
  }

  @Test
  void nothingMeasuredIsOfNoUse() {
    LoadResult result = idle(new LoadMode.Open(List.of(5.0), Arrivals.CONSTANT), null, 0);
    assertFalse(result.isUseful());
    assertEquals(
        "Nothing was measured. 5/s: crashed, ended by signal 11 (SIGSEGV).", result.verdict());
  }

  @Test
  void aModelThatCanNotBeLoadedIsAFailure() {
    Worker.Factory none =
        name -> {
          throw new WorkerFailure(Status.UNSUPPORTED, "no bf16 here");
        };
    LoadTask task = task(new LoadMode.Closed(List.of(1)), null);
    assertEquals(
        Status.UNSUPPORTED, assertThrows(WorkerFailure.class, () -> run(task, none)).status());
  }

  @Test
  void aSearchThatACrashEndsSaysSo() {
    Slo slo = Slo.parse("p50=1s");
    LoadResult result = idle(new LoadMode.Search(slo, Arrivals.CONSTANT), slo, 1);
    assertTrue(result.found().isEmpty());
    assertEquals(2, result.rows().size());
    assertFalse(result.isUseful());
    assertTrue(
        result.verdict().startsWith("The search for p50 within 1000.0 ms could not be ended."),
        result.verdict());
  }

  @Test
  void anImpossibleBoundSaysTheBest() {
    Slo slo = Slo.parse("p50=0.001us");
    LoadResult result = idle(new LoadMode.Search(slo, Arrivals.POISSON), slo);
    assertFalse(result.isUseful());
    assertTrue(result.verdict().contains(" can't be had: calls one after the other"));
    assertTrue(result.found().isPresent());
  }

  @Test
  void scenarios() {
    LoadResult multi = idle(new LoadMode.MultiStream(), null);
    assertEquals("queries of 8", multi.rows().getFirst().name());
    assertTrue(multi.verdict().startsWith("Latency of a query: "), multi.verdict());
    LoadResult offline = idle(new LoadMode.Offline(), null);
    // 1 ms was the median of the warm-up, and the load is to last 5 ms; two samples are held.
    assertEquals("all 5 at once", offline.rows().getFirst().name());
    LoadResult single = idle(new LoadMode.SingleStream(), Slo.parse("p90=1s"));
    assertTrue(single.verdict().contains("p90=1000ms is kept up to"), single.verdict());
  }
}
