package io.github.narthex.bench;

import io.github.narthex.io.Npy;
import io.github.narthex.strategy.Recipe;
import io.github.narthex.strategy.Threads;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tries candidates in worker processes of this machine, with a limit of time for each step and of
 * memory. A process that ends by itself is a row that says how; the others go on. This process does
 * not load libtorch.
 */
public final class WorkerLab implements Lab {
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  /** How much of the free memory workers may take. */
  private static final double MEMORY_SHARE = 0.7;

  /** More at once would only keep memory. */
  private static final int MOST_ROOM = 4;

  private static final int MOST_READ = 32;
  private static final double NANOS_PER_MS = 1e6;

  /** Bounds what the journal keeps of one turn. */
  private static final long MOST_FORWARDS = 2_000;

  private final Contest contest;
  private final Contest.Site site;
  private final Preparations preparations;
  private final BenchTask task;
  private final Progress progress;
  private final LabJournal journal;
  private final Runnable afterwards;
  private final Map<Candidate, Lane> lanes = new LinkedHashMap<>();
  private final Lane baseline;
  private final Candidate baselineCandidate;
  private int round;

  /** Makes inputs of a batch for all who want them. */
  interface Preparations {
    Protocol.Prepared of(long batch);
  }

  WorkerLab(
      Contest.Site site,
      Preparations preparations,
      BenchTask task,
      String outputDirectory,
      LabJournal journal,
      Progress progress,
      Runnable afterwards) {
    this.site = site;
    this.preparations = preparations;
    this.task = task;
    this.progress = progress;
    this.journal = journal;
    this.afterwards = afterwards;
    this.baselineCandidate =
        new Candidate(
            BenchTask.BASELINE, Threads.of(task.threads()), preparations.of(task.batch()).batch());
    this.baseline = new Lane(BenchTask.BASELINE);
    this.contest = new Contest(site, baseline, task.maxError(), outputDirectory);
    lanes.put(baselineCandidate, baseline);
    journal.replay(this::laneOf, baseline, task.maxError());
  }

  /**
   * Opens a laboratory for a model.
   *
   * @param task the model, its inputs and limits of error; its recipes and effort are not used
   * @param memoryLimitBytes a process that takes more is ended; 0 without a limit
   * @param journal where everything that is found out is written, and read from first
   * @throws WorkerFailure if the model can't be loaded or its inputs do not fit
   */
  public static WorkerLab open(
      BenchTask task,
      long memoryLimitBytes,
      Path journal,
      WorkerCommand command,
      Progress progress) {
    Scratch scratch = Scratch.create();
    try {
      Worker.Factory workers = name -> scratch.start(command, name, memoryLimitBytes);
      progress.update("preparing " + task.model(), 0);
      Map<Long, Protocol.Prepared> known = new LinkedHashMap<>();
      Preparations preparations =
          batch ->
              known.computeIfAbsent(
                  batch, wanted -> prepare(task, wanted, workers, scratch.directory()));
      Protocol.Prepared first = preparations.of(task.batch());
      known.put(first.batch(), first);
      SystemProbe probe = SystemProbe.ofThisMachine();
      Contest.Site site =
          new Contest.Site(workers, AnswerFiles::compare, System::nanoTime, probe::availableBytes);
      return new WorkerLab(
          site,
          preparations,
          task,
          scratch.directory().resolve("outputs").toString(),
          LabJournal.open(journal, probe.environment(first.torchVersion()).site()),
          progress,
          scratch::close);
    } catch (RuntimeException e) {
      scratch.close();
      throw e;
    }
  }

  private static Protocol.Prepared prepare(
      BenchTask task, long batch, Worker.Factory workers, Path directory) {
    boolean first = batch == task.batch();
    Path own = directory.resolve("batch-" + batch);
    try {
      Files.createDirectories(own);
      return workers.prepare(
          new Protocol.Prepare(
              task.model(),
              task.packageOptions().texts(),
              task.inputs(),
              first ? task.data() : null,
              batch,
              task.threads(),
              task.seed(),
              BenchTask.ACCURACY_INPUTS,
              own.toString(),
              first,
              task.devices()));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make " + own + ": " + e.getMessage(), e);
    }
  }

  /** How long an earlier search has worked that this one goes on with. */
  public Duration spentBefore() {
    return journal.before();
  }

  /** The model as loaded, on the threads and the batch of the task. */
  public Candidate baseline() {
    return baselineCandidate;
  }

  /** The machine and the software. */
  public Environment environment() {
    return SystemProbe.ofThisMachine().environment(prepared().torchVersion());
  }

  /** The model. */
  public ModelInfo model() {
    return prepared().model();
  }

  /** The operators in the model's code. */
  public Set<String> operators() {
    return Set.copyOf(prepared().operators());
  }

  /** The inputs, for people. */
  public List<String> inputs() {
    return prepared().inputs();
  }

  /** The samples that answers are compared over; null if they are made up. */
  public Workload.@Nullable Data data() {
    return prepared().data();
  }

  /**
   * How long it takes to read a sample, in milliseconds, the median of some; empty where samples
   * are made up.
   */
  public OptionalDouble sampleReadMs() {
    if (data() == null) {
      return OptionalDouble.empty();
    }
    List<List<String>> samples = prepared().accuracyInputs();
    long[] nanos = new long[Math.min(MOST_READ, samples.size())];
    for (int i = 0; i < nanos.length; i++) {
      long start = System.nanoTime();
      try (Arena arena = Arena.ofConfined()) {
        for (String file : samples.get(i)) {
          MemorySegment bytes = Npy.read(arena, Path.of(file)).data();
          var _ = arena.allocate(bytes.byteSize()).copyFrom(bytes); // it may only be mapped
        }
      }
      nanos[i] = System.nanoTime() - start;
    }
    return OptionalDouble.of(Quantiles.median(nanos) / NANOS_PER_MS);
  }

  private Protocol.Prepared prepared() {
    return preparations.of(task.batch());
  }

  @Override
  public long nanoTime() {
    return site.nanoTime().getAsLong();
  }

  @Override
  public int room() {
    long bytes = baseline.peak().rssBytes();
    long free = site.availableBytes().getAsLong();
    if (bytes == 0) {
      return MOST_ROOM;
    }
    long fits = (long) (MEMORY_SHARE * free / bytes);
    return Math.clamp(fits + candidatesAlive(), 1, MOST_ROOM);
  }

  private long candidatesAlive() {
    return lanes.values().stream().filter(lane -> lane != baseline && lane.alive()).count();
  }

  @Override
  public Measurement enter(Candidate candidate) {
    Lane lane = laneOf(candidate);
    if (!lane.isJudged() && lane.status() == Status.OK) {
      lane.attempt(
          () -> {
            Protocol.Prepared prepared = start(candidate, lane);
            progress.update(candidate + ": checking answers", Double.NaN);
            if (lane == baseline) {
              contest.refer(lane, prepared);
            } else {
              answersFor(prepared);
              contest.compare(lane, prepared);
            }
          });
      journal.entered(candidate, lane);
    }
    return measurement(candidate);
  }

  private Protocol.Prepared start(Candidate candidate, Lane lane) {
    progress.update(candidate + ": loading", Double.NaN);
    Protocol.Prepared prepared = preparations.of(candidate.batch());
    contest.load(lane, prepared, candidate.threads());
    progress.update(candidate + ": warming up", Double.NaN);
    contest.warmUp(lane, 0);
    return prepared;
  }

  /**
   * The right answers for inputs of another batch come from the baseline's recipe at that batch.
   */
  private void answersFor(Protocol.Prepared prepared) {
    if (contest.hasReference(prepared)) {
      return;
    }
    boolean isBaselines = prepared.batch() == baselineCandidate.batch();
    Lane lane = isBaselines && baseline.alive() ? baseline : new Lane(baseline.recipe());
    try {
      if (!lane.alive()) {
        contest.load(lane, prepared, Threads.of(task.threads()));
      }
      contest.refer(lane, prepared);
    } finally {
      if (lane != baseline) {
        lane.close();
      }
    }
  }

  @Override
  public void round(List<Candidate> candidates, long turnNanos) {
    List<Candidate> runners = new ArrayList<>(candidates);
    runners.remove(baselineCandidate);
    revive(baselineCandidate);
    runners.forEach(this::revive);
    runners.removeIf(candidate -> !laneOf(candidate).alive());
    for (TurnOrder.Slot<Candidate> slot : TurnOrder.of(runners, round++)) {
      int before = turn(slot.before(), turnNanos);
      int middle = turn(baselineCandidate, turnNanos);
      int after = turn(slot.after(), turnNanos);
      pair(slot.before(), middle, before);
      pair(slot.after(), middle, after);
    }
  }

  /** Starts a candidate's process again, if it has ended but did nothing wrong. */
  private void revive(Candidate candidate) {
    Lane lane = laneOf(candidate);
    if (!lane.alive() && lane.status().measured()) {
      lane.attempt(() -> start(candidate, lane));
      if (!lane.status().measured()) {
        journal.failed(candidate, lane);
      }
    }
  }

  /** The number of the turn among those of its lane, or -1 if there was none. */
  private int turn(@Nullable Candidate candidate, long turnNanos) {
    if (candidate == null) {
      return -1;
    }
    Lane lane = laneOf(candidate);
    Protocol.Run run = Pace.turnOf(lane.forwardNanos(), turnNanos, MOST_FORWARDS);
    if (contest.turn(lane, run).length == 0) {
      journal.failed(candidate, lane);
      return -1;
    }
    journal.turn(candidate, lane, lane.latestDisturbance());
    return lane.turns().size() - 1;
  }

  private void pair(@Nullable Candidate candidate, int baselineTurn, int turn) {
    if (candidate != null && baselineTurn >= 0 && turn >= 0) {
      Lane lane = laneOf(candidate);
      Contest.pair(lane, baseline.turns().get(baselineTurn), lane.turns().get(turn));
      journal.pair(candidate, lane, baselineTurn, turn);
    }
  }

  @Override
  public Measurement measurement(Candidate candidate) {
    Lane lane = laneOf(candidate);
    SpeedUp speedUp =
        lane == baseline
            ? new SpeedUp(1, null)
            : lane.pairs().isEmpty() ? null : SpeedUp.of(lane.pairs(), task.seed());
    return lane.measurement(
        new Lane.Setting(candidate.batch(), candidate.threads(), task.device()), speedUp);
  }

  @Override
  public int rounds(Candidate candidate) {
    return laneOf(candidate).pairs().size();
  }

  @Override
  public void leave(Candidate candidate) {
    laneOf(candidate).close();
  }

  @Override
  public long save(Candidate candidate, Path file) {
    Lane lane = laneOf(candidate);
    if (!lane.alive()) {
      start(candidate, lane);
    }
    return lane.ask(
            Protocol.Saved.class, new Protocol.Save(file.toAbsolutePath().toString()), PATIENCE)
        .bytes();
  }

  @Override
  public List<OperatorShare> profile(Candidate candidate, long forwards) {
    Lane lane = laneOf(candidate);
    revive(candidate);
    return lane.ask(Protocol.Profiled.class, new Protocol.Profile(forwards), PATIENCE).operators();
  }

  @Override
  public Measurement verify(Path file, Candidate candidate) {
    Protocol.Prepared prepared = preparations.of(candidate.batch());
    Lane lane = new Lane(Recipe.parse(candidate.recipe()).ofSaved().toString());
    try {
      lane.attempt(
          () -> {
            contest.load(
                lane, prepared.with(file.toAbsolutePath().toString()), candidate.threads());
            answersFor(prepared);
            contest.compare(lane, prepared);
          });
      return lane.measurement(
          new Lane.Setting(candidate.batch(), candidate.threads(), task.device()), null);
    } finally {
      lane.close();
    }
  }

  private Lane laneOf(Candidate candidate) {
    return lanes.computeIfAbsent(candidate, wanted -> new Lane(wanted.recipe()));
  }

  @Override
  public void close() {
    lanes.values().forEach(Lane::close);
    journal.close();
    afterwards.run();
  }
}
