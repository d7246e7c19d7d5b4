package io.github.narthex.optimize;

import io.github.narthex.bench.Candidate;
import io.github.narthex.bench.Interval;
import io.github.narthex.bench.Lab;
import io.github.narthex.bench.Status;
import io.github.narthex.bench.WorkerFailure;
import io.github.narthex.strategy.Threads;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * The search for the best candidate within a time: the cheapest evidence first. Recipes are scouted
 * in a few short turns beside the baseline, in the order in which they promise most; what is behind
 * is dropped; where answers do not hold but speed would, layers stay in float32. Then the best
 * recipes are tried with other threads and batches, and what is left races until it is clear which
 * one is ahead, or the time is over.
 */
final class Search {
  /**
   * What is to be searched.
   *
   * @param recipes to try, the most promising first
   * @param threads other ways to use threads
   * @param batches other batches; empty to find them
   * @param isGoalGiven whether the goal is wanted for itself; otherwise the limits are all that is
   *     wanted
   * @param deadlineNanos when it must be over, on the laboratory's clock
   * @param budgetNanos the time for everything
   * @param files where files may be written for a while
   */
  record Plan(
      OptimizeTask task,
      Candidate baseline,
      List<String> recipes,
      List<Threads> threads,
      List<Long> batches,
      boolean isGoalGiven,
      long deadlineNanos,
      long budgetNanos,
      Path files) {}

  /** What came of it. */
  record Outcome(Board board, String stopped) {}

  private static final int FINAL_ROUNDS = 12;
  private static final int MOST_ROUNDS = 30;
  private static final int FINALISTS = 3;
  private static final long FINAL_TURN_NANOS = 300_000_000;

  /** What a step up must bring to be worth another one. */
  private static final double WORTHWHILE = 1.03;

  private static final long LARGEST_BATCH = 256;

  /** An interval this narrow tells as much as it ever will. */
  private static final double NARROW = 0.02;

  private static final double SCOUTING_ENDS = 0.55;
  private static final double TUNING_ENDS = 0.75;
  private static final double RACING_ENDS = 0.93;

  private final Lab lab;
  private final Plan plan;
  private final Goal goal;
  private final Board board;
  private final Consumer<String> say;
  private final Scout scout;

  /** Recipes differ in what larger batches bring them: they are compared where these pay. */
  private long scoutBatch;

  Search(Lab lab, Plan plan, AccuracyGate gate, Consumer<String> say) {
    this.lab = lab;
    this.plan = plan;
    this.goal = plan.task().goal();
    this.board = new Board(goal, plan.task().limits(), gate, plan.baseline());
    this.say = say;
    this.scout = new Scout(lab, board, plan.files(), say);
    this.scoutBatch = plan.baseline().batch();
  }

  /**
   * Runs it.
   *
   * @throws WorkerFailure if even the model as it is does not run
   */
  Outcome run() {
    Entry baseline = scout.baseline(plan.baseline());
    if (!plan.isGoalGiven() && keepsLimits(baseline)) {
      return new Outcome(
          board,
          "The model keeps to the limits as it is (%s): nothing had to be tried."
              .formatted(plan.task().limits()));
    }
    if (goal == Goal.THROUGHPUT) {
      scoutBatch = climb(baseline).candidate().batch();
    }
    List<String> left = scoutRecipes();
    keepLayers();
    tune();
    String decided = race();
    board.chosen().ifPresent(entry -> board.outcome(entry.candidate(), "chosen"));
    return new Outcome(board, left.isEmpty() ? decided : untried(left));
  }

  private boolean keepsLimits(Entry entry) {
    Limits limits = plan.task().limits();
    return !limits.isEmpty() && limits.objection(entry.measurement()).isEmpty();
  }

  private static String untried(List<String> left) {
    return "The time was over: %s %s not tried. A larger --budget would."
        .formatted(String.join(", ", left), left.size() == 1 ? "was" : "were");
  }

  /** Returns those for which there was no time. */
  private List<String> scoutRecipes() {
    List<String> recipes = plan.recipes();
    for (int i = 0; i < recipes.size(); i++) {
      if (isOver(SCOUTING_ENDS)) {
        return recipes.subList(i, recipes.size());
      }
      scout.scout(with(recipes.get(i)));
    }
    return List.of();
  }

  private Candidate with(String recipe) {
    return new Candidate(recipe, plan.baseline().threads(), scoutBatch);
  }

  /** Where speed would win but answers are off, the layers that are to blame stay in float32. */
  private void keepLayers() {
    double best = board.merit(board.ranking().isEmpty() ? board.baseline() : leader());
    List<Entry> off =
        board.all().stream()
            .filter(entry -> entry.measurement().status() == Status.INACCURATE)
            .filter(entry -> board.merit(entry) > WORTHWHILE * best)
            .toList();
    for (Entry entry : off) {
      Closer.than(entry.candidate().recipe(), plan.task().maxError())
          .filter(closer -> !isOver(SCOUTING_ENDS))
          .ifPresent(closer -> scout.scout(with(closer)));
    }
  }

  private Entry leader() {
    List<Entry> eligible = board.eligible();
    return eligible.isEmpty() ? board.ranking().getFirst() : eligible.getFirst();
  }

  /** Other threads and batches, for the best recipes. */
  private void tune() {
    if (goal == Goal.MEMORY || goal == Goal.SIZE) {
      return;
    }
    for (String recipe : bestRecipes()) {
      Candidate start = with(recipe);
      Entry best = scout.scout(start);
      for (Threads threads : plan.threads()) {
        if (isOver(TUNING_ENDS)) {
          return;
        }
        Entry other = scout.scout(new Candidate(recipe, threads, start.batch()));
        if (other.holds() && board.merit(other) > board.merit(best)) {
          best = other;
        }
      }
      if (goal == Goal.THROUGHPUT) {
        climb(best);
      }
    }
  }

  private List<String> bestRecipes() {
    Set<String> recipes = new LinkedHashSet<>();
    for (Entry entry : board.ranking()) {
      if (recipes.size() < 2) {
        recipes.add(entry.candidate().recipe());
      }
    }
    return List.copyOf(recipes);
  }

  /** Larger batches, as long as each brings something. */
  private Entry climb(Entry from) {
    Entry best = from;
    for (long batch : batches(from.candidate().batch())) {
      if (isOver(TUNING_ENDS)) {
        return best;
      }
      Entry larger =
          scout.scout(new Candidate(best.candidate().recipe(), best.candidate().threads(), batch));
      boolean isBetter =
          larger.holds()
              && board.merit(larger) > WORTHWHILE * board.merit(best)
              && plan.task().limits().objection(larger.measurement()).isEmpty();
      if (!isBetter && plan.batches().isEmpty()) {
        return best;
      }
      best = isBetter ? larger : best;
    }
    return best;
  }

  private List<Long> batches(long from) {
    if (!plan.batches().isEmpty()) {
      return plan.batches();
    }
    List<Long> doubled = new ArrayList<>();
    for (long batch = 2 * from; batch <= LARGEST_BATCH; batch *= 2) {
      doubled.add(batch);
    }
    return doubled;
  }

  /** The best race; where one falls out, the next one takes its place. Says why it ended. */
  private String race() {
    List<Candidate> finalists = finalists();
    String ended = race(finalists);
    while (!finalists.isEmpty() && !finalists.equals(finalists()) && !isLedByOneOf(finalists)) {
      finalists = finalists();
      ended = race(finalists);
    }
    return ended;
  }

  private boolean isLedByOneOf(List<Candidate> finalists) {
    List<Entry> ranking = board.ranking();
    return ranking.isEmpty() || finalists.contains(ranking.getFirst().candidate());
  }

  private String race(List<Candidate> finalists) {
    if (finalists.isEmpty()) {
      return board.all().size() == 1
          ? "Nothing could be tried within the time."
          : "Nothing that was tried has answers that hold.";
    }
    scout.keepOnly(finalists);
    say.accept("the final race: " + names(finalists));
    finalists.forEach(candidate -> board.outcome(candidate, "in the final race"));
    int rounds = 0;
    while (rounds < MOST_ROUNDS) {
      if (rounds >= Scout.ROUNDS && isOver(RACING_ENDS)) {
        return "The time was over after %d rounds of the final race.".formatted(rounds);
      }
      lab.round(finalists, FINAL_TURN_NANOS);
      rounds++;
      scout.update(plan.baseline());
      finalists.forEach(scout::update);
      if (rounds >= FINAL_ROUNDS && isDecided(finalists)) {
        return "It is clear which one is ahead after %d rounds of the final race."
            .formatted(rounds);
      }
    }
    return "After %d rounds of the final race, more would not tell more.".formatted(rounds);
  }

  private static String names(List<Candidate> candidates) {
    return candidates.stream().map(Candidate::toString).collect(Collectors.joining("; "));
  }

  private List<Candidate> finalists() {
    List<Entry> best = new ArrayList<>(board.eligible());
    if (best.isEmpty()) {
      best.addAll(board.ranking());
    }
    best.removeIf(
        entry -> entry.equals(board.baseline()) || board.merit(entry) < Scout.BEHIND * merit(best));
    return best.stream().limit(Math.min(FINALISTS, lab.room())).map(Entry::candidate).toList();
  }

  private double merit(List<Entry> ranking) {
    return board.merit(ranking.getFirst());
  }

  /** Whether the leader is apart from all others, or no interval will become much narrower. */
  private boolean isDecided(List<Candidate> finalists) {
    List<Entry> ranking = new ArrayList<>(board.ranking());
    ranking.removeIf(entry -> !finalists.contains(entry.candidate()));
    if (ranking.isEmpty()) {
      return true;
    }
    if (!plan.task().limits().isEmpty()
        && plan.task().limits().objection(ranking.getFirst().measurement()).isPresent()) {
      return false; // more samples may show that it keeps to them
    }
    Entry first = ranking.getFirst();
    boolean isApart =
        ranking.subList(1, ranking.size()).stream().allMatch(entry -> board.isBehind(entry, first));
    return isApart || ranking.stream().map(board::interval).allMatch(Search::isNarrow);
  }

  private static boolean isNarrow(Interval interval) {
    return interval.high() - interval.low() < NARROW * interval.low();
  }

  private boolean isOver(double share) {
    return lab.nanoTime() > plan.deadlineNanos() - (long) ((1 - share) * plan.budgetNanos());
  }
}
