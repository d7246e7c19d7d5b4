package io.github.narthex.bench;

import io.github.narthex.load.Plan;
import io.github.narthex.strategy.Threads;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The worker that is loaded. One that has failed is replaced when the next load comes, so that a
 * load that ends it costs a row and no more.
 */
final class LoadWorker implements AutoCloseable {
  private static final Duration LOAD_PATIENCE = Duration.ofMinutes(30);
  private static final Duration STEP_PATIENCE = Duration.ofMinutes(1);
  private static final int PATIENCE_FACTOR = 10;
  private static final long WARM_UP_NANOS = 3_000_000_000L;
  private static final long WARM_UP_ITERATIONS = 3;

  private final Worker.Factory workers;
  private final Protocol.Load load;
  private final List<List<String>> samples;
  private @Nullable Worker worker;
  private Protocol.@Nullable WarmedUp warmedUp;
  private List<String> notes = List.of();
  private int held;
  private PeakMemory peak = PeakMemory.NONE;

  LoadWorker(Worker.Factory workers, Protocol.Load load, List<List<String>> samples) {
    this.workers = workers;
    this.load = load;
    this.samples = samples;
  }

  /**
   * Loads the model and warms it up, unless it is ready.
   *
   * @return what the warm-up came to
   * @throws WorkerFailure if that fails
   */
  Protocol.WarmedUp start() {
    Protocol.WarmedUp known = warmedUp;
    if (worker != null && known != null) {
      return known;
    }
    worker = workers.start("load");
    notes = ask(Protocol.Loaded.class, load, LOAD_PATIENCE).notes();
    held = ask(Protocol.Held.class, new Protocol.Hold(samples), LOAD_PATIENCE).samples();
    Protocol.WarmedUp warm =
        ask(
            Protocol.WarmedUp.class,
            new Protocol.WarmUp(WARM_UP_ITERATIONS, Long.MAX_VALUE, WARM_UP_NANOS),
            LOAD_PATIENCE);
    warmedUp = warm;
    return warm;
  }

  /**
   * Puts a load on the model.
   *
   * @throws WorkerFailure if the worker fails
   */
  Protocol.Driven drive(Plan plan) {
    double forwardNanos = start().medianNanos();
    double callsAfterTheEnd =
        switch (plan) {
          case Plan.Closed closed -> closed.callers();
          case Plan.Open _ -> load.instances();
          case Plan.Queries queries -> queries.samples();
        };
    double expected =
        (double) plan.durationNanos() + plan.patienceNanos() + forwardNanos * callsAfterTheEnd;
    return ask(
        Protocol.Driven.class,
        Protocol.Drive.of(plan),
        STEP_PATIENCE.plusNanos((long) (PATIENCE_FACTOR * expected)));
  }

  private <T extends Protocol.Reply> T ask(
      Class<T> kind, Protocol.Request request, Duration patience) {
    Worker asked = worker;
    if (asked == null) {
      throw new IllegalStateException("no worker");
    }
    try {
      return asked.ask(kind, request, patience);
    } catch (WorkerFailure e) {
      close();
      throw e;
    } finally {
      peak = peak.max(asked.peak());
    }
  }

  Threads threads() {
    return new Threads(load.threads(), load.instances());
  }

  /** What applying the recipe came to. */
  List<String> notes() {
    return notes;
  }

  /** How many samples it holds. */
  int held() {
    return held;
  }

  PeakMemory peak() {
    return peak;
  }

  @Override
  public void close() {
    Worker open = worker;
    worker = null;
    if (open != null) {
      open.close();
    }
  }
}
