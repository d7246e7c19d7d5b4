package io.github.narthex.optimize;

import io.github.narthex.bench.Candidate;
import io.github.narthex.bench.Interval;
import io.github.narthex.bench.Lab;
import io.github.narthex.bench.Latency;
import io.github.narthex.bench.Measurement;
import io.github.narthex.bench.Status;
import io.github.narthex.bench.WorkerFailure;
import io.github.narthex.strategy.Threads;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
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

  private static final int SCOUT_ROUNDS = 3;
  private static final int FINAL_ROUNDS = 12;
  private static final int MOST_ROUNDS = 30;
  private static final int FINALISTS = 3;
  private static final long SCOUT_TURN_NANOS = 150_000_000;
  private static final long FINAL_TURN_NANOS = 300_000_000;

  /** What is this much behind after scouting will not win; turns of scouting scatter by less. */
  private static final double BEHIND = 0.87;

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
  private final List<Candidate> present = new ArrayList<>();

  /** Recipes differ in what larger batches bring them: they are compared where these pay. */
  private long scoutBatch;

  Search(Lab lab, Plan plan, Gate gate, Consumer<String> say) {
    this.lab = lab;
    this.plan = plan;
    this.goal = plan.task().goal();
    this.board = new Board(goal, plan.task().limits(), gate, plan.baseline());
    this.say = say;
    this.scoutBatch = plan.baseline().batch();
  }

  /**
   * Runs it.
   *
   * @throws WorkerFailure if even the model as it is does not run
   */
  Outcome run() {
    Entry baseline = measureBaseline();
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

  private Entry measureBaseline() {
    Candidate candidate = plan.baseline();
    Measurement entered = lab.enter(candidate);
    if (!entered.status().measured()) {
      throw new IllegalStateException(
          "the model does not run as it is: %s, %s".formatted(entered.status(), entered.reason()));
    }
    for (int i = 0; i < SCOUT_ROUNDS && lab.measurement(candidate).latency() == null; i++) {
      lab.round(List.of(), SCOUT_TURN_NANOS);
    }
    Entry entry = save(board.put(candidate, lab.measurement(candidate)));
    say.accept("%s: %s, the baseline".formatted(candidate, figures(entry)));
    board.outcome(candidate, "the baseline");
    return entry;
  }

  /** Returns those for which there was no time. */
  private List<String> scoutRecipes() {
    List<String> recipes = plan.recipes();
    for (int i = 0; i < recipes.size(); i++) {
      if (isOver(SCOUTING_ENDS)) {
        return recipes.subList(i, recipes.size());
      }
      scout(with(recipes.get(i)));
    }
    return List.of();
  }

  private Candidate with(String recipe) {
    return new Candidate(recipe, plan.baseline().threads(), scoutBatch);
  }

  /** A few turns beside the baseline. */
  private Entry scout(Candidate candidate) {
    if (board.knows(candidate)) {
      return board.entry(candidate);
    }
    makeRoom(lab.room() - 1);
    Measurement entered = lab.enter(candidate);
    if (entered.status().measured()) {
      present.add(candidate);
      while (lab.rounds(candidate) < SCOUT_ROUNDS && isAlive(candidate)) {
        lab.round(List.of(candidate), SCOUT_TURN_NANOS);
      }
    }
    Entry entry = update(candidate);
    if (entry.holds()) {
      entry = save(entry);
    }
    report(entry);
    dropWhatIsBehind();
    return entry;
  }

  private boolean isAlive(Candidate candidate) {
    return lab.measurement(candidate).status().measured();
  }

  private Entry update(Candidate candidate) {
    return board.put(candidate, lab.measurement(candidate));
  }

  /** The size of a file is known when it is written; one that can't be is no result. */
  private Entry save(Entry entry) {
    Candidate candidate = entry.candidate();
    if (entry.fileBytes() != null) {
      return entry;
    }
    Path file = plan.files().resolve("size.pt");
    try {
      return board.putFile(candidate, lab.save(candidate, file));
    } catch (WorkerFailure e) {
      say.accept("%s can't be saved to a file: %s".formatted(candidate, e.reason()));
      return entry;
    } finally {
      delete(file);
    }
  }

  static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + file + ": " + e.getMessage(), e);
    }
  }

  private void report(Entry entry) {
    Candidate candidate = entry.candidate();
    String objection = entry.objection();
    String text =
        objection == null
            ? "%s, %s".formatted(figures(entry), Numbers.times(board.merit(entry)))
            : entry.measurement().latency() == null
                ? objection
                : figures(entry) + ", but " + objection;
    board.outcome(candidate, objection == null ? "scouted" : objection);
    say.accept(candidate + ": " + text);
  }

  private static String figures(Entry entry) {
    Measurement row = entry.measurement();
    Latency latency = row.latency();
    Double items = row.throughputPerS();
    return "%s ms, %s items/s"
        .formatted(
            latency == null ? "?" : Numbers.text(latency.p50Ms()),
            items == null ? "?" : Numbers.text(items));
  }

  private void dropWhatIsBehind() {
    List<Entry> ranking = board.ranking();
    if (ranking.isEmpty()) {
      return;
    }
    double best = board.merit(ranking.getFirst());
    for (Candidate candidate : List.copyOf(present)) {
      Entry entry = board.entry(candidate);
      if (!entry.holds()) {
        leave(candidate);
      } else if (board.merit(entry) < BEHIND * best) {
        board.outcome(
            candidate,
            "dropped after scouting: %s against %s"
                .formatted(Numbers.times(board.merit(entry)), Numbers.times(best)));
        leave(candidate);
      }
    }
  }

  private void leave(Candidate candidate) {
    lab.leave(candidate);
    present.remove(candidate);
  }

  /** The worst ones go; they come back if they have to. */
  private void makeRoom(int most) {
    List<Entry> ranking = new ArrayList<>(board.ranking());
    ranking.removeIf(entry -> !present.contains(entry.candidate()));
    while (present.size() > Math.max(0, most) && !ranking.isEmpty()) {
      leave(ranking.removeLast().candidate());
    }
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
          .ifPresent(closer -> scout(with(closer)));
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
      Entry best = scout(start);
      for (Threads threads : plan.threads()) {
        if (isOver(TUNING_ENDS)) {
          return;
        }
        Entry other = scout(new Candidate(recipe, threads, start.batch()));
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
          scout(new Candidate(best.candidate().recipe(), best.candidate().threads(), batch));
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
    for (Candidate candidate : List.copyOf(present)) {
      if (!finalists.contains(candidate)) {
        leave(candidate);
      }
    }
    present.clear();
    present.addAll(finalists);
    say.accept("the final race: " + names(finalists));
    finalists.forEach(candidate -> board.outcome(candidate, "in the final race"));
    int rounds = 0;
    while (rounds < MOST_ROUNDS) {
      if (rounds >= SCOUT_ROUNDS && isOver(RACING_ENDS)) {
        return "The time was over after %d rounds of the final race.".formatted(rounds);
      }
      lab.round(finalists, FINAL_TURN_NANOS);
      rounds++;
      update(plan.baseline());
      finalists.forEach(this::update);
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
        entry -> entry.equals(board.baseline()) || board.merit(entry) < BEHIND * merit(best));
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
