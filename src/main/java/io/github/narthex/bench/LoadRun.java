package io.github.narthex.bench;

import io.github.narthex.load.Percentile;
import io.github.narthex.load.Plan;
import io.github.narthex.load.RateSearch;
import io.github.narthex.strategy.Recipe;
import io.github.narthex.strategy.Threads;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Loads a model with requests, in a worker process. */
public final class LoadRun {
  private static final double NANOS_PER_S = 1e9;

  /** A p99 needs so many requests; at random times, some fewer may come than were meant to. */
  private static final double ENOUGH = 1.15 * Percentile.P99_FLOOR;

  private static final double LEAST_S = 3;
  private static final double MOST_S = 30;

  /** About how many runs a search takes. */
  private static final int SEARCH_RUNS = 14;

  private final LoadTask task;
  private final LoadWorker worker;
  private final Progress progress;
  private final List<LoadRow> rows = new ArrayList<>();
  private int expectedRows = 1;

  LoadRun(LoadTask task, LoadWorker worker, Progress progress) {
    this.task = task;
    this.worker = worker;
    this.progress = progress;
  }

  /**
   * Runs all loads that the task asks for, one after the other. This process does not load
   * libtorch.
   *
   * @param workerCommand starts a JVM that calls {@link WorkerMain#run}
   * @throws WorkerFailure if the model can't be loaded, its inputs do not fit, or the recipe can't
   *     be applied
   * @throws java.io.UncheckedIOException if processes or temporary files can't be made
   */
  public static LoadResult run(LoadTask task, WorkerCommand workerCommand, Progress progress) {
    SystemProbe probe = SystemProbe.ofThisMachine();
    try (Scratch scratch = Scratch.create()) {
      Worker.Factory workers = name -> scratch.start(workerCommand, name);
      progress.update("preparing " + task.model(), 0);
      Protocol.Prepared prepared = prepare(task, workers, scratch.directory().toString());
      try (LoadWorker worker =
          new LoadWorker(workers, load(task, prepared), prepared.accuracyInputs())) {
        return new LoadRun(task, worker, progress)
            .run(prepared, probe.environment(prepared.torchVersion()));
      }
    }
  }

  private static Protocol.Prepared prepare(
      LoadTask task, Worker.Factory workers, String directory) {
    return workers.prepare(
        new Protocol.Prepare(
            task.model(),
            task.packageOptions().texts(),
            task.inputs(),
            task.data(),
            0,
            task.threads().intra(),
            task.seed(),
            BenchTask.ACCURACY_INPUTS,
            directory,
            true,
            List.of(task.device())));
  }

  private static Protocol.Load load(LoadTask task, Protocol.Prepared prepared) {
    Recipe recipe = Recipe.parse(task.recipe());
    Threads threads = recipe.threads().orElse(task.threads());
    return new Protocol.Load(
        prepared.modelFile(),
        prepared.model().packageOptions(),
        prepared.timedInputs(),
        prepared.arguments(),
        task.recipe(),
        CalibrationData.among(prepared.accuracyInputs(), recipe.usesSamples()),
        threads.intra(),
        threads.instances());
  }

  /** Puts the loads on the worker; the first start is not a row, and fails as a whole. */
  LoadResult run(Protocol.Prepared prepared, Environment environment) {
    progress.update("loading and warming up", 0);
    Protocol.WarmedUp warm = worker.start();
    double perS = NANOS_PER_S / Math.max(1, warm.medianNanos());
    Optional<RateSearch.Found> found = Optional.empty();
    if (task.mode() instanceof LoadMode.Search search) {
      found = search(search, perS);
    } else {
      List<Plan> plans = plans(perS);
      expectedRows = plans.size();
      for (Plan plan : plans) {
        LoadRow _ = row(plan);
      }
    }
    progress.update("done", 1);
    return new LoadResult(
        environment,
        prepared.model(),
        task,
        prepared.inputs(),
        prepared.batch(),
        worker.threads(),
        worker.held(),
        Optional.ofNullable(prepared.data()),
        worker.notes(),
        warm.steady(),
        rows,
        found,
        worker.peak().rssBytes());
  }

  /** Without a result where a worker failed on the way. */
  private Optional<RateSearch.Found> search(LoadMode.Search search, double perS) {
    expectedRows = SEARCH_RUNS;
    RateSearch.Runner runner =
        plan -> {
          LoadRow row = row(plan);
          if (row.outcome() == null) {
            throw new WorkerFailure(row.status(), String.valueOf(row.reason()));
          }
          return row.outcome();
        };
    long nanos =
        task.duration().isZero() ? (long) (LEAST_S * NANOS_PER_S) : task.duration().toNanos();
    try {
      return Optional.of(
          new RateSearch(
                  runner,
                  search.slo(),
                  search.arrivals(),
                  worker.threads().instances(),
                  nanos,
                  task.seed())
              .find(perS));
    } catch (WorkerFailure e) {
      return Optional.empty(); // its row says why
    }
  }

  private LoadRow row(Plan plan) {
    LoadRow pending = new LoadRow(plan, Status.OK, null, null, Disturbance.NONE);
    progress.update(
        "%s for %.0f s".formatted(pending.name(), plan.durationNanos() / NANOS_PER_S),
        Math.min(0.99, (double) rows.size() / expectedRows));
    LoadRow row;
    try {
      Protocol.Driven driven = worker.drive(plan);
      row = new LoadRow(plan, Status.OK, null, driven.outcome(), driven.disturbance());
    } catch (WorkerFailure e) {
      String reason = e.reason().strip().replaceAll("\\s*\\R\\s*", " ");
      row = new LoadRow(plan, e.status(), reason, null, Disturbance.NONE);
    }
    rows.add(row);
    return row;
  }

  /**
   * What to run.
   *
   * @param perS about how many calls one after the other there are in a second
   */
  private List<Plan> plans(double perS) {
    int servers = worker.threads().instances();
    return switch (task.mode()) {
      case LoadMode.Closed closed ->
          closed.callers().stream()
              .<Plan>map(
                  callers -> new Plan.Closed(callers, nanos(Math.min(callers, servers) * perS)))
              .toList();
      case LoadMode.Open open ->
          open.perS().stream()
              .<Plan>map(rate -> new Plan.Open(rate, open.arrivals(), nanos(rate), task.seed()))
              .toList();
      case LoadMode.Search _ -> List.of();
      case LoadMode.SingleStream _ -> List.of(new Plan.Closed(1, nanos(perS)));
      case LoadMode.MultiStream _ -> {
        int samples = LoadMode.SAMPLES_PER_QUERY;
        double queriesPerS = perS / Math.ceilDiv(samples, servers);
        yield List.of(new Plan.Queries(samples, Long.MAX_VALUE, nanos(queriesPerS)));
      }
      case LoadMode.Offline _ -> {
        double samples = perS * servers * nanos(perS * servers) / NANOS_PER_S;
        int whole = (int) Math.clamp(samples, worker.held(), Integer.MAX_VALUE);
        yield List.of(new Plan.Queries(whole, 1, nanos(perS * servers)));
      }
    };
  }

  /** How long a load with that many requests a second is to last. */
  private long nanos(double perS) {
    return task.duration().isZero()
        ? (long) (NANOS_PER_S * Math.clamp(ENOUGH / perS, LEAST_S, MOST_S))
        : task.duration().toNanos();
  }
}
