package io.github.narthex.compare;

import io.github.narthex.InputException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Two results side by side.
 *
 * @param warnings why figures may differ for other reasons than what was changed
 * @param pairs rows of both, in the order of the first
 * @param onlyBefore rows without their like in the second
 * @param onlyAfter rows without their like in the first
 */
public record Comparison(
    Document before,
    Document after,
    List<String> warnings,
    List<Pair> pairs,
    List<Row> onlyBefore,
    List<Row> onlyAfter) {
  /** The lists are copied. */
  public Comparison {
    warnings = List.copyOf(warnings);
    pairs = List.copyOf(pairs);
    onlyBefore = List.copyOf(onlyBefore);
    onlyAfter = List.copyOf(onlyAfter);
  }

  /**
   * Pairs rows of the same recipe, batch, threads, instances and device. Where each recipe has one
   * row only in either result, what is left is paired by recipe alone, with a warning.
   *
   * @throws InputException if no row has its like
   */
  public static Comparison of(Document before, Document after) {
    List<Row> old = new ArrayList<>(before.rows());
    List<Row> now = new ArrayList<>(after.rows());
    List<Match> matches = new ArrayList<>(match(old, now, Row::key));
    Set<String> settings = new LinkedHashSet<>();
    boolean isGrid = !isOneOfEach(before) || !isOneOfEach(after);
    if (!isGrid) {
      for (Match match : match(old, now, row -> row.key().name())) {
        settings.add(settingsDiffer(match.before().key(), match.after().key()));
        matches.add(match);
      }
    }
    if (matches.isEmpty()) {
      throw new InputException(
          "%s and %s have no row in common: one has %s, the other %s"
              .formatted(before.file(), after.file(), some(before.rows()), some(after.rows())));
    }
    List<String> warnings = new ArrayList<>(warnings(before, after));
    warnings.addAll(settings);
    List<Pair> pairs =
        matches.stream()
            .map(
                match ->
                    Pair.of(
                        isGrid ? match.before().key().full() : match.before().key().name(),
                        match.before(),
                        match.after(),
                        Math.max(before.taken(), after.taken())))
            .toList();
    return new Comparison(before, after, warnings, pairs, old, now);
  }

  private record Match(Row before, Row after) {}

  /** Takes rows that agree out of both lists; the first with the first, and so on. */
  private static List<Match> match(
      List<Row> before, List<Row> after, Function<Row, Object> common) {
    Map<Object, Deque<Row>> offered = new LinkedHashMap<>();
    after.forEach(
        row -> offered.computeIfAbsent(common.apply(row), k -> new ArrayDeque<>()).add(row));
    List<Match> matches = new ArrayList<>();
    List<Row> alone = new ArrayList<>();
    for (Row row : before) {
      Deque<Row> like = offered.getOrDefault(common.apply(row), new ArrayDeque<>());
      if (like.isEmpty()) {
        alone.add(row);
      } else {
        matches.add(new Match(row, like.remove()));
      }
    }
    before.clear();
    before.addAll(alone);
    after.clear();
    offered.values().forEach(after::addAll);
    return matches;
  }

  private static boolean isOneOfEach(Document document) {
    return document.rows().stream().map(row -> row.key().name()).distinct().count()
        == document.rows().size();
  }

  private static String some(List<Row> rows) {
    return rows.isEmpty()
        ? "none"
        : rows.stream().limit(3).map(row -> row.key().full()).collect(Collectors.joining("; "))
            + (rows.size() > 3 ? "; ..." : "");
  }

  private static String settingsDiffer(Row.Key before, Row.Key after) {
    List<String> differences = new ArrayList<>();
    differ(differences, "batch", before.batch(), after.batch());
    differ(differences, "threads", before.threadsText(), after.threadsText());
    differ(differences, "device", before.device(), after.device());
    return String.join(", ", differences);
  }

  private static List<String> warnings(Document before, Document after) {
    List<String> warnings = new ArrayList<>();
    List<String> machine = differences(before.machine(), after.machine());
    if (!machine.isEmpty()) {
      warnings.add(
          "these are two machines, whose figures can't be compared: " + String.join("; ", machine));
    }
    warnings.addAll(differences(before.conditions(), after.conditions()));
    for (Document document : List.of(before, after)) {
      if (document.stability().startsWith("unstable")) {
        warnings.add(document.file() + " is " + document.stability());
      }
      if (document.taken() > Pair.MOST_TAKEN) {
        warnings.add(
            "others had so much of the processors during %s that no difference in time can be told"
                .formatted(document.file()));
      }
    }
    return warnings;
  }

  private static List<String> differences(Map<String, String> before, Map<String, String> after) {
    List<String> differences = new ArrayList<>();
    before.forEach((what, value) -> differ(differences, what, value, after.getOrDefault(what, "")));
    return differences;
  }

  private static void differ(List<String> differences, String what, Object before, Object after) {
    if (!before.equals(after)) {
      differences.add("%s: %s before, %s after".formatted(what, orNone(before), orNone(after)));
    }
  }

  private static String orNone(Object value) {
    return value.toString().isEmpty() ? "none" : value.toString();
  }

  /** What the medians say in one sentence. */
  public String summary() {
    List<String> parts = new ArrayList<>();
    for (Change change : Change.values()) {
      List<Pair> of =
          pairs.stream().filter(pair -> pair.difference(Metric.P50).change() == change).toList();
      if (!of.isEmpty()) {
        String which =
            change == Change.FASTER || change == Change.SLOWER
                ? of.stream().map(Pair::label).collect(Collectors.joining(", ", " (", ")"))
                : "";
        parts.add("%d %s%s".formatted(of.size(), word(change), which));
      }
    }
    long unknown =
        pairs.stream().filter(pair -> pair.difference(Metric.P50).change() == null).count();
    if (unknown > 0) {
      parts.add(unknown + " without an interval");
    }
    return "By p50, of %d row%s: %s."
        .formatted(pairs.size(), pairs.size() == 1 ? "" : "s", String.join(", ", parts));
  }

  private static String word(Change change) {
    return change == Change.SAME ? "the same" : change.toString();
  }

  /** The names of all recipes in either. */
  public List<String> recipes() {
    return Stream.concat(before.rows().stream(), after.rows().stream())
        .map(row -> row.key().recipe())
        .distinct()
        .toList();
  }
}
