package io.github.narthex.bench;

import io.github.narthex.strategy.Threads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Gives recipes their turns. One worker computes at a time; all others wait for a line of text,
 * which costs no processor time. A worker that falls out is a row of the result, and the rest goes
 * on.
 */
final class Coordinator {
  /** Compares the answers of a candidate with those of the baseline. */
  interface Judge {
    /**
     * The accuracy.
     *
     * @param reference for each input set, the files of the baseline's outputs
     * @param candidate the same of the candidate
     * @throws WorkerFailure if they can't be compared
     */
    Accuracy compare(List<List<String>> reference, List<List<String>> candidate);
  }

  /**
   * Where the coordinator stands.
   *
   * @param workers starts workers
   * @param judge compares answers
   * @param nanoTime a monotonic clock
   * @param availableBytes memory that is free now
   */
  record Site(
      Worker.Factory workers, Judge judge, LongSupplier nanoTime, LongSupplier availableBytes) {}

  /**
   * What is to be measured.
   *
   * @param recipes without duplicates, the baseline first
   * @param prepared what workers load
   * @param outputDirectory where answers go, one folder for each recipe
   */
  record Task(
      List<String> recipes,
      Protocol.Prepared prepared,
      int threads,
      Conditions conditions,
      double maxError,
      Effort effort,
      String outputDirectory) {}

  /** What came of it, and how many rounds were run in each heat at least. */
  record Outcome(List<Lane> lanes, int rounds) {}

  private static final Duration STEP_PATIENCE = Duration.ofSeconds(30);
  private static final Duration FIRST_LOAD_PATIENCE = Duration.ofMinutes(5);
  private static final Duration LOAD_PATIENCE = Duration.ofSeconds(60);
  private static final Duration CALIBRATION_PATIENCE = Duration.ofMinutes(30);
  private static final int PATIENCE_FACTOR = 10;
  private static final int LOAD_PATIENCE_FACTOR = 20;
  private static final long WARM_UP_NANOS = 3_000_000_000L;

  /** One forward came with loading; a fuser decides on the second, and the third is fused. */
  private static final long WARM_UP_ITERATIONS = 2;

  /** How much of the bar is left for the rounds; the rest is loading. */
  private static final double ROUNDS_SHARE = 0.6;

  private final Site site;
  private final Task task;
  private final Progress progress;
  private long deadlineNanos;
  private final List<Lane> lanes;
  private final Lane baseline;
  private List<List<String>> reference = List.of();
  private int rounds = Integer.MAX_VALUE;
  private double fraction;

  /**
   * A coordinator for one run.
   *
   * @param deadlineNanos on the site's clock; only an open effort ends by it
   */
  Coordinator(Site site, Task task, long deadlineNanos, Progress progress) {
    this.site = site;
    this.task = task;
    this.deadlineNanos = deadlineNanos;
    this.progress = progress;
    this.lanes = task.recipes().stream().map(Lane::new).toList();
    this.baseline = lanes.getFirst();
    for (Lane lane : lanes) {
      String reason = task.conditions().hopeless().get(lane.recipe());
      if (reason != null) {
        lane.fail(Status.OUT_OF_MEMORY, reason);
      }
    }
  }

  /** Measures all recipes; all workers are gone afterwards. */
  Outcome run() {
    try {
      enter(baseline);
      // Where even the baseline does not fit, candidates must not be there together.
      boolean isTight = baseline.status() == Status.OUT_OF_MEMORY;
      long before = isTight ? Long.MAX_VALUE : baseline.peakRssBytes();
      List<Lane> candidates = lanes.subList(1, lanes.size());
      List<List<Lane>> heats = Heats.of(candidates, before, site.availableBytes().getAsLong());
      int left = candidates.size();
      for (List<Lane> heat : heats) {
        long now = site.nanoTime().getAsLong();
        double share = left == 0 ? 1 : heat.size() / (double) left;
        runHeat(heat, now + (long) (share * (deadlineNanos - now)));
        left -= heat.size();
      }
    } finally {
      lanes.forEach(Lane::close);
    }
    return new Outcome(lanes, rounds == Integer.MAX_VALUE ? 0 : rounds);
  }

  private void runHeat(List<Lane> heat, long heatDeadline) {
    long before = deadlineNanos;
    heat.forEach(this::enter);
    runRounds(heat, heatDeadline + deadlineNanos - before);
    heat.forEach(Lane::close);
  }

  /** Brings a worker up to where it can have turns. */
  private void enter(Lane lane) {
    if (lane.status() == Status.OUT_OF_MEMORY) {
      return; // known before it was tried
    }
    advance(lane, "loading");
    lane.attempt(
        () -> {
          lane.start(site.workers().start(lane.recipe()));
          lane.loaded(
              lane.ask(
                  Protocol.Loaded.class,
                  new Protocol.Load(
                      task.prepared().modelFile(),
                      task.prepared().timedInputs(),
                      task.prepared().arguments(),
                      lane.recipe(),
                      samples(lane),
                      lane.threads(standardThreads()).intra(),
                      lane.threads(standardThreads()).instances()),
                  loadPatience(lane)));
          advance(lane, "warming up");
          lane.warmedUp(
              lane.ask(
                  Protocol.WarmedUp.class,
                  warmUp(),
                  patience(WARM_UP_NANOS + warmUp().atLeast() * lane.forwardNanos())));
          compare(lane);
        });
    fraction += (1 - ROUNDS_SHARE) / lanes.size();
  }

  private void advance(Lane lane, String what) {
    progress.update(lane.recipe() + ": " + what, Math.min(1, fraction));
  }

  private Threads standardThreads() {
    return new Threads(task.threads(), task.conditions().instances());
  }

  private List<List<String>> samples(Lane lane) {
    List<List<String>> sets = task.prepared().accuracyInputs();
    return lane.usesSamples()
        ? CalibrationData.spread(sets.size()).stream().map(sets::get).toList()
        : List.of();
  }

  private Duration loadPatience(Lane lane) {
    if (lane.usesSamples()) {
      return CALIBRATION_PATIENCE;
    }
    long known = baseline.startNanos();
    return lane == baseline || known == 0
        ? FIRST_LOAD_PATIENCE
        : LOAD_PATIENCE.plusNanos(LOAD_PATIENCE_FACTOR * known);
  }

  private static Duration patience(double expectedNanos) {
    return STEP_PATIENCE.plusNanos((long) (PATIENCE_FACTOR * expectedNanos));
  }

  private Protocol.WarmUp warmUp() {
    long wanted = task.effort().warmUp();
    return wanted > 0
        ? new Protocol.WarmUp(wanted, wanted, Long.MAX_VALUE)
        : new Protocol.WarmUp(WARM_UP_ITERATIONS, Long.MAX_VALUE, WARM_UP_NANOS);
  }

  private void compare(Lane lane) {
    long before = site.nanoTime().getAsLong();
    checkAnswers(lane);
    if (task.prepared().data() != null) {
      // However many samples a user has, they leave the time that is for measuring.
      deadlineNanos += site.nanoTime().getAsLong() - before;
    }
  }

  private void checkAnswers(Lane lane) {
    advance(lane, "checking answers");
    List<List<String>> inputs = task.prepared().accuracyInputs();
    List<List<String>> written =
        lane.ask(
                Protocol.Written.class,
                new Protocol.Outputs(inputs, task.outputDirectory() + "/" + lanes.indexOf(lane)),
                patience(inputs.size() * lane.forwardNanos()))
            .files();
    if (lane == baseline) {
      reference = written;
    }
    if (!reference.isEmpty()) {
      lane.judge(site.judge().compare(reference, written), task.maxError());
    }
  }

  private void runRounds(List<Lane> heat, long heatDeadline) {
    double step = ROUNDS_SHARE * Math.max(1, heat.size()) / Math.max(1, lanes.size() - 1);
    Pace pace = null;
    int round = 0;
    while (pace == null || round < pace.rounds()) {
      List<Lane> alive = heat.stream().filter(Lane::alive).toList();
      long now = site.nanoTime().getAsLong();
      boolean late = task.effort().isOpen() && now > heatDeadline && round > 0;
      if (late || (alive.isEmpty() && !baseline.alive())) {
        break;
      }
      List<Lane> all = new ArrayList<>(alive);
      all.addFirst(baseline);
      pace = pace(all, Duration.ofNanos(heatDeadline - now), pace, round);
      List<TurnOrder.Slot<Lane>> slots = TurnOrder.of(alive, round);
      for (TurnOrder.Slot<Lane> slot : slots) {
        progress.update("round " + (round + 1) + " of " + pace.rounds(), Math.min(1, fraction));
        runSlot(slot, all, pace, round);
        fraction += step / pace.rounds() / slots.size();
      }
      round++;
    }
    rounds = Math.min(rounds, round);
  }

  /** The pace of the next round, by how long forwards take now and how much time is left. */
  private Pace pace(List<Lane> all, Duration time, @Nullable Pace before, int round) {
    List<Pace.Runner> runners = new ArrayList<>();
    for (Lane lane : all) {
      int turns = lane == baseline ? TurnOrder.baselineTurns(all.size() - 1) : 1;
      runners.add(new Pace.Runner(lane.forwardNanos(), turns));
    }
    Effort effort = task.effort();
    if (effort.isOpen()) {
      return before == null
          ? Pace.within(time, runners)
          : before.again(time, before.rounds() - round, runners);
    }
    return effort.iterations() > 0
        ? Pace.ofIterations(effort.iterations(), runners)
        : Pace.ofDuration(effort.duration(), runners);
  }

  /** Three turns, the baseline's in the middle; it pairs with both of its neighbours. */
  private void runSlot(TurnOrder.Slot<Lane> slot, List<Lane> all, Pace pace, int round) {
    long[] before = turn(slot.before(), all, pace, round);
    long[] middle = turn(baseline, all, pace, round);
    long[] after = turn(slot.after(), all, pace, round);
    pair(slot.before(), middle, before);
    pair(slot.after(), middle, after);
  }

  /** The samples of one turn; none if there is nobody to run or it failed. */
  private long[] turn(@Nullable Lane lane, List<Lane> all, Pace pace, int round) {
    if (lane == null || !lane.alive()) {
      return new long[0];
    }
    Protocol.Run run = pace.turn(all.indexOf(lane), round);
    double forwards = run.settle() + run.atLeast();
    double limit = run.limitNanos() == Long.MAX_VALUE ? 0 : run.limitNanos();
    long before = lane.samples();
    lane.attempt(
        () ->
            lane.ran(
                lane.ask(
                    Protocol.Ran.class, run, patience(limit + forwards * lane.forwardNanos()))));
    return lane.samples() == before ? new long[0] : lane.turns().getLast();
  }

  private static void pair(@Nullable Lane lane, long[] baselineSamples, long[] samples) {
    if (lane != null && baselineSamples.length > 0 && samples.length > 0) {
      lane.pair(baselineSamples, samples);
    }
  }
}
