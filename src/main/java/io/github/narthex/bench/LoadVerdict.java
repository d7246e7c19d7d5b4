package io.github.narthex.bench;

import io.github.narthex.load.Distribution;
import io.github.narthex.load.Outcome;
import io.github.narthex.load.Percentile;
import io.github.narthex.load.Plan;
import io.github.narthex.load.RateSearch;
import io.github.narthex.load.Slo;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Says in words what came of a load. */
final class LoadVerdict {
  /** More callers that bring less than this do not pay. */
  private static final double PAYS = 1.05;

  private LoadVerdict() {}

  static String of(LoadResult result) {
    List<LoadRow> rows = result.rows().stream().filter(row -> row.outcome() != null).toList();
    String failed =
        result.rows().stream()
            .filter(row -> row.outcome() == null)
            .map(row -> "%s: %s, %s.".formatted(row.name(), row.status(), row.reason()))
            .collect(Collectors.joining(" "));
    String found =
        rows.isEmpty()
            ? "Nothing was measured."
            : switch (result.task().mode()) {
              case LoadMode.Closed _ -> closed(rows);
              case LoadMode.Open _ -> open(rows);
              case LoadMode.Search search -> search(search, result.found());
              case LoadMode.SingleStream _ -> stream(outcome(rows.getLast()), Percentile.P90);
              case LoadMode.MultiStream _ -> stream(outcome(rows.getLast()), Percentile.P99);
              case LoadMode.Offline _ -> offline(outcome(rows.getLast()));
            };
    return Stream.of(found, bound(result.task().slo(), result.task().mode(), rows), failed)
        .filter(text -> !text.isEmpty())
        .collect(Collectors.joining(" "));
  }

  /** A rate with four digits. */
  static String rate(double perS) {
    return perS >= 1000
        ? String.format(Locale.ROOT, "%.0f", perS)
        : new BigDecimal(perS).round(new MathContext(4)).stripTrailingZeros().toPlainString();
  }

  private static String ms(double value) {
    return String.format(
        Locale.ROOT, value < 10 ? "%.3f ms" : value < 100 ? "%.2f ms" : "%.1f ms", value);
  }

  private static Outcome outcome(LoadRow row) {
    Outcome outcome = row.outcome();
    if (outcome == null) {
      throw new IllegalArgumentException("without an outcome: " + row.name());
    }
    return outcome;
  }

  private static double achieved(LoadRow row) {
    return outcome(row).achievedPerS();
  }

  private static int callers(LoadRow row) {
    return row.plan() instanceof Plan.Closed closed ? closed.callers() : 0;
  }

  private static String closed(List<LoadRow> rows) {
    double most = rows.stream().mapToDouble(LoadVerdict::achieved).max().orElse(0);
    LoadRow enough =
        rows.stream()
            .filter(row -> PAYS * achieved(row) >= most)
            .min(Comparator.comparingInt(LoadVerdict::callers))
            .orElseThrow();
    String text =
        "%s bring %s/s at a median of %s"
            .formatted(enough.name(), rate(achieved(enough)), median(outcome(enough)));
    boolean more = rows.stream().anyMatch(row -> callers(row) > callers(enough));
    String sentence = callers(enough) == 1 ? text.replace(" bring ", " brings ") : text;
    return more
        ? sentence + "; more callers bring less than 5 % more, and wait longer."
        : sentence + (rows.size() > 1 ? "; more callers might bring more." : ".");
  }

  private static String median(Outcome outcome) {
    return ms(outcome.latencyOfAll().quantile(0.5) / 1e6);
  }

  private static String open(List<LoadRow> rows) {
    List<LoadRow> over = rows.stream().filter(row -> outcome(row).overloaded()).toList();
    List<LoadRow> held = rows.stream().filter(row -> !outcome(row).overloaded()).toList();
    String good =
        held.stream()
            .max(Comparator.comparingDouble(row -> outcome(row).offeredPerS()))
            .map(row -> "The model keeps up with %s.".formatted(row.name()))
            .orElse("");
    String bad =
        over.stream()
            .map(
                row ->
                    "%s is too much: %s/s were answered, %,d requests had no answer when the last one"
                            .formatted(row.name(), rate(achieved(row)), outcome(row).backlog())
                        + " came.")
            .collect(Collectors.joining(" "));
    return Stream.of(good, bad).filter(text -> !text.isEmpty()).collect(Collectors.joining(" "));
  }

  private static String search(LoadMode.Search search, Optional<RateSearch.Found> result) {
    Slo slo = search.slo();
    String bound = "%s within %s".formatted(slo.percentile(), ms(slo.boundMs()));
    if (result.isEmpty()) {
      return "The search for %s could not be ended.".formatted(bound);
    }
    RateSearch.Found found = result.get();
    if (found.isPossible()) {
      return "%s requests/s (%s) is the most with %s: kept in %d runs of %d, with %s there; not kept with %s/s."
          .formatted(
              rate(found.perS()),
              search.arrivals(),
              bound,
              1 + RateSearch.CONFIRMATIONS,
              1 + RateSearch.CONFIRMATIONS,
              percentile(found.atBest(), slo.percentile()),
              rate(found.tooManyPerS()));
    }
    if (found.tooManyPerS() == 0) {
      return "%s can't be had: calls one after the other, which nothing waits for, have %s (median %s, fastest %s) at %s/s."
          .formatted(
              bound,
              percentile(found.alone(), slo.percentile()),
              median(found.alone()),
              ms(found.alone().latency().minMs()),
              rate(found.alone().achievedPerS()));
    }
    return "%s can't be had with %s arrivals: even %s/s has %s; calls one after the other have %s."
        .formatted(
            bound,
            search.arrivals(),
            rate(found.tooManyPerS()),
            percentile(found.atBest(), slo.percentile()),
            percentile(found.alone(), slo.percentile()));
  }

  private static String percentile(Outcome outcome, Percentile percentile) {
    Distribution latency = outcome.latencyOfAll();
    Double value = latency.ms(percentile);
    return value == null
        ? "no %s, for which %d samples are needed and %d are there"
            .formatted(percentile, percentile.least(), latency.count())
        : "%s %s".formatted(percentile, ms(value));
  }

  private static String stream(Outcome outcome, Percentile percentile) {
    return "Latency of a query: %s (median %s), %s samples/s."
        .formatted(percentile(outcome, percentile), median(outcome), rate(outcome.achievedPerS()));
  }

  private static String offline(Outcome outcome) {
    return "%s samples/s: %d in %.2f s."
        .formatted(
            rate(outcome.achievedPerS()), outcome.service().count(), outcome.elapsedNanos() / 1e9);
  }

  /** Which rows kept a bound that was not searched with. */
  private static String bound(@Nullable Slo slo, LoadMode mode, List<LoadRow> rows) {
    if (slo == null || mode instanceof LoadMode.Search) {
      return "";
    }
    return rows.stream()
        .filter(row -> slo.isKept(outcome(row)))
        .max(Comparator.comparingDouble(LoadVerdict::achieved))
        .map(row -> "%s is kept up to %s/s (%s).".formatted(slo, rate(achieved(row)), row.name()))
        .orElse("%s is not kept in any row.".formatted(slo));
  }
}
