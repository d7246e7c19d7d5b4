package io.github.narthex.optimize;

import io.github.narthex.Device;
import io.github.narthex.InputException;
import io.github.narthex.bench.BenchTask;
import io.github.narthex.bench.Candidate;
import io.github.narthex.bench.Effort;
import io.github.narthex.bench.Measurement;
import io.github.narthex.bench.OperatorShare;
import io.github.narthex.bench.Progress;
import io.github.narthex.bench.WorkerCommand;
import io.github.narthex.bench.WorkerFailure;
import io.github.narthex.bench.WorkerLab;
import io.github.narthex.bench.Workload;
import io.github.narthex.internal.text.Numbers;
import io.github.narthex.strategy.Machine;
import io.github.narthex.strategy.ThreadPlanner;
import io.github.narthex.strategy.Threads;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Searches in earnest: on this machine, in worker processes. */
public final class Optimizer {
  /**
   * How a search is run.
   *
   * @param worker starts a JVM that calls {@link io.github.narthex.bench.WorkerMain#run}
   * @param directory where everything is written that is found out, so that a search that was
   *     interrupted goes on; and files for a while
   * @param isGoalGiven whether the goal is wanted for itself; otherwise a model that keeps to the
   *     limits as it is needs no search
   * @param say is told what is done and what is found, a line each
   */
  public record Setting(
      WorkerCommand worker,
      Path directory,
      boolean isGoalGiven,
      Progress progress,
      Consumer<String> say) {}

  /** Takes the model file that is to be deployed. */
  @FunctionalInterface
  public interface Deployment {
    /**
     * Deploys it.
     *
     * @param result all that was found out
     * @param file TorchScript with the recipe applied, which was found to give the same answers; it
     *     is deleted afterwards
     */
    void deploy(OptimizeResult result, Path file);
  }

  /** The journal's name in the directory. */
  private static final String JOURNAL = "journal.jsonl";

  /** An interrupted search that used up its time still has to settle what it knows. */
  private static final Duration LEAST = Duration.ofSeconds(10);

  /** Beyond its limit, what takes this much more of it is stopped. */
  private static final double MEMORY_MARGIN = 1.1;

  private static final int PROFILED_FORWARDS = 20;
  private static final Duration PROFILED_TIME = Duration.ofSeconds(3);

  private final OptimizeTask task;
  private final Setting setting;
  private final WorkerLab lab;
  private final AccuracyGate gate;

  private Optimizer(OptimizeTask task, Setting setting, WorkerLab lab) {
    this.task = task;
    this.setting = setting;
    this.lab = lab;
    this.gate = new AccuracyGate(task.maxError(), task.minAgreement());
  }

  /**
   * Searches, and hands what was chosen to {@code deployment}, if anything was.
   *
   * @throws WorkerFailure if the model can't be loaded, does not run as it is, or its inputs do not
   *     fit
   * @throws InputException if there are too few samples for the agreement that is asked for
   * @throws java.io.UncheckedIOException if processes or files can't be made
   */
  public static OptimizeResult run(OptimizeTask task, Setting setting, Deployment deployment) {
    ThreadPlanner planner = ThreadPlanner.ofThisProcess(0);
    Threads threads = task.threads().isEmpty() ? planner.forLatency() : task.threads().getFirst();
    BenchTask bench =
        new BenchTask(
            task.model(),
            task.inputs(),
            task.data(),
            List.of(),
            task.batches().isEmpty() ? 0 : task.batches().getFirst(),
            threads.intra(),
            task.devices().stream().map(Device::toString).collect(Collectors.joining(",")),
            task.maxError(),
            task.seed(),
            Effort.DEFAULT);
    Long limit = task.limits().maxMemoryBytes();
    try (WorkerLab lab =
        WorkerLab.open(
            bench,
            limit == null ? 0 : (long) (MEMORY_MARGIN * limit),
            setting.directory().resolve(JOURNAL),
            setting.worker(),
            setting.progress())) {
      return new Optimizer(task, setting, lab).run(planner, deployment);
    }
  }

  private OptimizeResult run(ThreadPlanner planner, Deployment deployment) {
    requireSamples();
    Machine machine = Machine.current();
    DecisionTable table = DecisionTable.of(machine, lab.operators(), lab.data() != null);
    List<String> recipes = table.recipes(task.goal(), task.devices());
    setting
        .say()
        .accept(
            "%s; %d recipes to try for %s"
                .formatted(table.hardware().summary(), recipes.size(), task.goal()));
    Duration spent = lab.spentBefore();
    Duration left = task.budget().minus(spent);
    long budget = (left.compareTo(LEAST) < 0 ? LEAST : left).toNanos();
    long started = lab.nanoTime();
    Search.Outcome outcome =
        new Search(
                lab,
                new Search.Plan(
                    task,
                    lab.baseline(),
                    recipes,
                    otherThreads(planner),
                    task.batches(),
                    setting.isGoalGiven(),
                    started + budget,
                    budget,
                    setting.directory()),
                gate,
                setting.say())
            .run();
    Board board = outcome.board();
    Optional<Candidate> chosen = board.chosen().map(Entry::candidate);
    List<Trial> trials = profiled(board.trials(), chosen);
    Verdict verdict = new Verdict(task, board);
    OptimizeResult result =
        new OptimizeResult(
            lab.environment(),
            lab.model(),
            task,
            lab.inputs(),
            Optional.ofNullable(lab.data()),
            trials,
            chosen.map(candidate -> position(trials, candidate)),
            champions(board, trials),
            verdict.sentence(),
            outcome.stopped(),
            reasons(trials, chosen, machine),
            advice(trials, chosen, machine),
            spent.plusNanos(lab.nanoTime() - started));
    chosen.ifPresent(candidate -> deploy(result, candidate, deployment));
    return result;
  }

  /** An agreement of 99.9 % can't be seen in 100 samples. */
  private void requireSamples() {
    Double least = task.minAgreement();
    if (least == null) {
      return;
    }
    Workload.Data data = lab.data();
    long needed = AccuracyGate.samplesNeeded(least);
    if (data == null || data.used() < needed) {
      throw new InputException(
          "an agreement of %s needs %,d samples, and %s"
              .formatted(
                  Numbers.percent(least),
                  needed,
                  data == null
                      ? "there are none: give --data"
                      : "%s has %,d%s"
                          .formatted(
                              data.directory(),
                              data.samples(),
                              data.used() < data.samples()
                                  ? ", of whose answers %,d fit the room".formatted(data.used())
                                  : "")));
    }
  }

  private List<Threads> otherThreads(ThreadPlanner planner) {
    List<Threads> others =
        new ArrayList<>(task.threads().isEmpty() ? planner.plansOfOneProcess() : task.threads());
    if (task.threads().isEmpty() && task.goal() == Goal.LATENCY) {
      // Small models lose more to waiting for other threads than these bring.
      others.removeIf(threads -> threads.instances() > 1);
      others.add(Threads.of(1));
    }
    if (!task.devices().contains(Device.CPU)) {
      others.removeIf(threads -> threads.instances() == 1); // one thread gives a device its work
    }
    others.remove(lab.baseline().threads());
    return others.stream().distinct().toList();
  }

  private static int position(List<Trial> trials, Candidate candidate) {
    for (int i = 0; i < trials.size(); i++) {
      if (trials.get(i).candidate().equals(candidate)) {
        return i;
      }
    }
    throw new IllegalStateException("no trial of " + candidate);
  }

  private static Map<Goal, Integer> champions(Board board, List<Trial> trials) {
    Map<Goal, Integer> positions = new TreeMap<>();
    board
        .champions()
        .forEach((goal, candidate) -> positions.put(goal, position(trials, candidate)));
    return positions;
  }

  /** Where time goes in the baseline and in what was chosen. */
  private List<Trial> profiled(List<Trial> trials, Optional<Candidate> chosen) {
    List<Trial> profiled = new ArrayList<>();
    for (Trial trial : trials) {
      boolean isWanted =
          chosen.isPresent()
              && (trial.candidate().equals(lab.baseline())
                  || trial.candidate().equals(chosen.get()));
      profiled.add(isWanted ? trial.with(operators(trial)) : trial);
    }
    return profiled;
  }

  private List<OperatorShare> operators(Trial trial) {
    double forwards = PROFILED_TIME.toNanos() / 1e6 / trial.p50Ms();
    try {
      return lab.profile(trial.candidate(), Math.clamp((long) forwards, 3, PROFILED_FORWARDS));
    } catch (WorkerFailure e) {
      setting.say().accept("no operator times of %s: %s".formatted(trial.candidate(), e.reason()));
      return List.of();
    }
  }

  private static List<String> reasons(
      List<Trial> trials, Optional<Candidate> chosen, Machine machine) {
    return chosen
        .map(candidate -> trials.get(position(trials, candidate)))
        .map(trial -> Explanation.of(trials.getFirst(), trial, machine))
        .orElse(List.of());
  }

  private List<String> advice(List<Trial> trials, Optional<Candidate> chosen, Machine machine) {
    Trial trial = chosen.map(one -> trials.get(position(trials, one))).orElse(trials.getFirst());
    List<String> advice = new ArrayList<>();
    if (lab.data() == null) {
      advice.add(
          "answers were compared over made-up inputs, which prove little: give samples with"
              + " --data");
    }
    pipeline(trial).ifPresent(advice::add);
    advice.addAll(Advice.of(task, lab.environment(), machine, trials, trial));
    return List.copyOf(advice);
  }

  /** Whether the model is what bounds those who read samples as they were read here. */
  private Optional<String> pipeline(Trial trial) {
    OptionalDouble read = lab.sampleReadMs();
    double itemMs = trial.p50Ms() / trial.candidate().itemsPerCall();
    return read.isEmpty() || read.getAsDouble() < itemMs
        ? Optional.empty()
        : Optional.of(
            "to read a sample takes %s ms, and the model %s: a faster model will not make a"
                    .formatted(Numbers.text(read.getAsDouble()), Numbers.text(itemMs))
                + " pipeline faster that reads like this");
  }

  /** What is deployed is the file, so that it is the file whose answers are compared last. */
  private void deploy(OptimizeResult result, Candidate candidate, Deployment deployment) {
    Path file = setting.directory().resolve("model.pt");
    try {
      setting.say().accept("saving " + candidate);
      lab.save(candidate, file);
      Measurement saved = lab.verify(file, candidate);
      gate.objection(saved, lab.measurement(lab.baseline()))
          .ifPresent(
              objection -> {
                throw new IllegalStateException(
                    "the file that was written for %s gives other answers: %s"
                        .formatted(candidate, objection));
              });
      deployment.deploy(result, file);
    } finally {
      Scout.delete(file);
    }
  }
}
