package io.github.narthex.bench;

import io.github.narthex.strategy.Threads;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The benchmark as a whole. */
public final class Bench {
  private Bench() {}

  /**
   * Measures a model's recipes against each other. This process does not load libtorch; workers do.
   *
   * @param workerCommand starts a JVM that calls {@link WorkerMain#run}
   * @throws WorkerFailure if the model can't be loaded or its inputs do not fit
   * @throws java.io.UncheckedIOException if processes or temporary files can't be made
   */
  public static BenchResult run(BenchTask task, WorkerCommand workerCommand, Progress progress) {
    return run(task, Conditions.USUAL, workerCommand, progress);
  }

  /** As {@link #run(BenchTask, WorkerCommand, Progress)}. */
  static BenchResult run(
      BenchTask task, Conditions conditions, WorkerCommand workerCommand, Progress progress) {
    long deadline = System.nanoTime() + task.effort().budget().toNanos();
    SystemProbe probe = SystemProbe.ofThisMachine();
    try (Scratch scratch = Scratch.create()) {
      Worker.Factory workers = name -> scratch.start(workerCommand, name);
      progress.update("preparing " + task.model(), 0);
      Protocol.Prepared prepared = prepare(task, conditions, workers, scratch.directory());
      List<String> recipes = task.contestants();
      Coordinator.Outcome outcome =
          new Coordinator(
                  new Contest.Site(
                      workers, AnswerFiles::compare, System::nanoTime, probe::availableBytes),
                  new Coordinator.Task(
                      recipes,
                      prepared,
                      task.threads(),
                      conditions,
                      task.maxError(),
                      task.effort(),
                      scratch.directory().resolve("outputs").toString()),
                  deadline,
                  progress)
              .run();
      progress.update("done", 1);
      return result(task, conditions, prepared, probe, outcome);
    }
  }

  private static Protocol.Prepared prepare(
      BenchTask task, Conditions conditions, Worker.Factory workers, Path directory) {
    return workers.prepare(
        new Protocol.Prepare(
            task.model(),
            task.packageOptions().texts(),
            task.inputs(),
            task.data(),
            task.batch(),
            task.threads(),
            task.seed(),
            conditions.accuracyInputs(),
            directory.toString(),
            conditions.tryOut(),
            task.devices()));
  }

  private static BenchResult result(
      BenchTask task,
      Conditions conditions,
      Protocol.Prepared prepared,
      SystemProbe probe,
      Coordinator.Outcome outcome) {
    Lane.Setting setting =
        new Lane.Setting(
            prepared.batch(), new Threads(task.threads(), conditions.instances()), task.device());
    List<Measurement> rows =
        outcome.lanes().stream()
            .map(lane -> lane.measurement(setting, speedUp(lane, outcome, task.seed())))
            .toList();
    return new BenchResult(
        probe.environment(prepared.torchVersion()),
        prepared.model(),
        new Workload(
            prepared.inputs(),
            prepared.batch(),
            task.threads(),
            task.device(),
            task.seed(),
            task.maxError(),
            task.effort(),
            outcome.rounds(),
            prepared.data()),
        rows,
        Recommendation.of(outcome.lanes(), task.seed()));
  }

  private static @Nullable SpeedUp speedUp(Lane lane, Coordinator.Outcome outcome, long seed) {
    if (lane == outcome.lanes().getFirst()) {
      return new SpeedUp(1, null);
    }
    return lane.pairs().isEmpty() ? null : SpeedUp.of(lane.pairs(), seed);
  }
}
