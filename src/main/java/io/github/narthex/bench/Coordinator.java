package io.github.narthex.bench;

import io.github.narthex.strategy.Threads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Gives recipes their turns. One worker computes at a time; all others wait for a line of text,
 * which costs no processor time. A worker that falls out is a row of the result, and the rest goes
 * on.
 */
final class Coordinator {
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

  /** How much of the bar is left for the rounds; the rest is loading. */
  private static final double ROUNDS_SHARE = 0.6;

  private final Contest.Site site;
  private final Task task;
  private final Progress progress;
  private long deadlineNanos;
  private final List<Lane> lanes;
  private final Lane baseline;
  private final Contest contest;
  private int rounds = Integer.MAX_VALUE;
  private double fraction;

  /**
   * A coordinator for one run.
   *
   * @param deadlineNanos on the site's clock; only an open effort ends by it
   */
  Coordinator(Contest.Site site, Task task, long deadlineNanos, Progress progress) {
    this.site = site;
    this.task = task;
    this.deadlineNanos = deadlineNanos;
    this.progress = progress;
    this.lanes = task.recipes().stream().map(Lane::new).toList();
    this.baseline = lanes.getFirst();
    this.contest = new Contest(site, baseline, task.maxError(), task.outputDirectory());
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
      long before = isTight ? Long.MAX_VALUE : baseline.peak().rssBytes();
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
    lane.attempt(
        () -> {
          load(lane);
          advance(lane, "warming up");
          contest.warmUp(lane, task.effort().warmUp());
          compare(lane);
        });
    fraction += (1 - ROUNDS_SHARE) / lanes.size();
  }

  private void load(Lane lane) {
    advance(lane, lane.compiles() ? "compiling, which takes minutes the first time" : "loading");
    long before = site.nanoTime().getAsLong();
    contest.load(lane, task.prepared(), standardThreads());
    if (lane.compiles()) {
      // What is compiled once does not shorten what is measured.
      deadlineNanos += site.nanoTime().getAsLong() - before;
    }
  }

  private void advance(Lane lane, String what) {
    progress.update(lane.recipe() + ": " + what, Math.min(1, fraction));
  }

  private Threads standardThreads() {
    return new Threads(task.threads(), task.conditions().instances());
  }

  private void compare(Lane lane) {
    advance(lane, "checking answers");
    long before = site.nanoTime().getAsLong();
    if (lane == baseline) {
      contest.refer(lane, task.prepared());
    } else {
      contest.compare(lane, task.prepared());
    }
    if (task.prepared().data() != null) {
      // However many samples a user has, they leave the time that is for measuring.
      deadlineNanos += site.nanoTime().getAsLong() - before;
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
    Contest.pair(slot.before(), middle, before);
    Contest.pair(slot.after(), middle, after);
  }

  private long[] turn(@Nullable Lane lane, List<Lane> all, Pace pace, int round) {
    return lane == null ? new long[0] : contest.turn(lane, pace.turn(all.indexOf(lane), round));
  }
}
