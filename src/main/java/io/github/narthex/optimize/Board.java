package io.github.narthex.optimize;

import io.github.narthex.bench.Candidate;
import io.github.narthex.bench.Interval;
import io.github.narthex.bench.Measurement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** All that a search knows of its candidates, and how they stand by its goal. */
final class Board {
  private final Goal goal;
  private final Limits limits;
  private final AccuracyGate gate;
  private final Candidate baselineCandidate;
  private final Map<Candidate, Entry> entries = new LinkedHashMap<>();
  private final Map<Candidate, String> outcomes = new LinkedHashMap<>();
  private final Map<Candidate, String> rejections = new LinkedHashMap<>();

  Board(Goal goal, Limits limits, AccuracyGate gate, Candidate baseline) {
    this.goal = goal;
    this.limits = limits;
    this.gate = gate;
    this.baselineCandidate = baseline;
  }

  /** Takes what was measured of a candidate, new or known. */
  Entry put(Candidate candidate, Measurement measurement) {
    Entry known = entries.get(candidate);
    Measurement baseline =
        candidate.equals(baselineCandidate) ? measurement : baseline().measurement();
    String objection =
        Optional.ofNullable(rejections.get(candidate))
            .or(() -> gate.objection(measurement, baseline))
            .orElse(null);
    Entry entry =
        known == null
            ? new Entry(candidate, measurement, null, objection)
            : known.with(measurement, objection);
    entries.put(candidate, entry);
    return entry;
  }

  /** Takes a candidate out, for a reason that is not its answers. */
  Entry reject(Candidate candidate, String reason) {
    rejections.put(candidate, reason);
    return put(candidate, entry(candidate).measurement());
  }

  Entry putFile(Candidate candidate, long bytes) {
    return Objects.requireNonNull(
        entries.computeIfPresent(candidate, (key, entry) -> entry.withFile(bytes)));
  }

  /** Says how far a candidate came; the last word counts. */
  void outcome(Candidate candidate, String text) {
    outcomes.put(candidate, text);
  }

  String outcomeOf(Candidate candidate) {
    return outcomes.getOrDefault(candidate, "");
  }

  boolean knows(Candidate candidate) {
    return entries.containsKey(candidate);
  }

  Entry entry(Candidate candidate) {
    return Objects.requireNonNull(entries.get(candidate));
  }

  Entry baseline() {
    return entry(baselineCandidate);
  }

  List<Entry> all() {
    return List.copyOf(entries.values());
  }

  double merit(Entry entry) {
    return entry.merit(goal, baseline());
  }

  Interval interval(Entry entry) {
    return entry.interval(goal, baseline());
  }

  /** Those whose answers hold, the best first; the baseline among them. */
  List<Entry> ranking() {
    return ranking(goal);
  }

  private List<Entry> ranking(Goal by) {
    List<Entry> ranking = new ArrayList<>(entries.values());
    ranking.removeIf(entry -> !entry.holds() || entry.merit(by, baseline()) == 0);
    ranking.sort(
        Comparator.comparingDouble((Entry entry) -> entry.merit(by, baseline())).reversed());
    return ranking;
  }

  /** Those of the ranking that keep to the limits. */
  List<Entry> eligible() {
    return ranking().stream()
        .filter(entry -> limits.objection(entry.measurement()).isEmpty())
        .toList();
  }

  /** The best for each goal that anything is known for. */
  Map<Goal, Candidate> champions() {
    Map<Goal, Candidate> champions = new LinkedHashMap<>();
    for (Goal each : Goal.values()) {
      ranking(each).stream().findFirst().ifPresent(entry -> champions.put(each, entry.candidate()));
    }
    return champions;
  }

  /** Whether one is worse than the other beyond doubt. */
  boolean isBehind(Entry entry, Entry other) {
    return interval(entry).high() < interval(other).low();
  }

  /**
   * The one to use: the best, or one that can't be told apart from it and has fewer steps. The
   * baseline, unless something is better beyond doubt. Empty if none keeps to the limits.
   */
  Optional<Entry> chosen() {
    List<Entry> eligible = eligible();
    if (eligible.isEmpty()) {
      return Optional.empty();
    }
    Entry best = eligible.getFirst();
    Entry baseline = baseline();
    if (eligible.contains(baseline) && !(interval(best).low() > 1)) {
      return Optional.of(baseline);
    }
    return eligible.stream()
        .filter(entry -> entry.equals(best) || (!isBehind(entry, best) && isClose(entry, best)))
        .min(Comparator.comparingInt(Board::steps));
  }

  /** Those that can't be told apart from the chosen one. */
  List<Entry> peers(Entry chosen) {
    return eligible().stream()
        .filter(entry -> !entry.equals(chosen) && !isBehind(entry, chosen))
        .filter(entry -> isClose(entry, chosen))
        .toList();
  }

  private boolean isClose(Entry entry, Entry best) {
    return merit(entry) > CLOSE * merit(best);
  }

  /** What was timed so little that nothing can be told apart is not as good for that. */
  private static final double CLOSE = 0.97;

  private static int steps(Entry entry) {
    return entry.candidate().recipe().split("\\+", -1).length;
  }

  /** What came of each, in the order in which they were begun. */
  List<Trial> trials() {
    return entries.values().stream()
        .map(
            entry ->
                new Trial(
                    entry.candidate(),
                    entry.measurement(),
                    entry.fileBytes(),
                    List.of(),
                    outcomeOf(entry.candidate()),
                    isFront(entry)))
        .toList();
  }

  private boolean isFront(Entry entry) {
    return entry.holds()
        && entries.values().stream().noneMatch(other -> other.holds() && dominates(other, entry));
  }

  private boolean dominates(Entry a, Entry b) {
    boolean better = false;
    for (Goal each : Goal.values()) {
      double meritOfA = each == Goal.LATENCY ? -a.measurement().p50Ms() : a.merit(each, baseline());
      double meritOfB = each == Goal.LATENCY ? -b.measurement().p50Ms() : b.merit(each, baseline());
      if (meritOfA < meritOfB) {
        return false;
      }
      better |= meritOfA > meritOfB;
    }
    return better;
  }
}
