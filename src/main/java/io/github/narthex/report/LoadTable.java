package io.github.narthex.report;

import io.github.narthex.bench.Disturbance;
import io.github.narthex.bench.LoadMode;
import io.github.narthex.bench.LoadResult;
import io.github.narthex.bench.LoadRow;
import io.github.narthex.bench.ModelInfo;
import io.github.narthex.bench.Workload;
import io.github.narthex.load.Distribution;
import io.github.narthex.load.Outcome;
import io.github.narthex.load.Percentile;
import io.github.narthex.load.Plan;
import io.github.narthex.load.Slo;
import io.github.narthex.strategy.Threads;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What came of loading a model as text for a terminal. */
public final class LoadTable {
  private static final List<String> HEADER =
      List.of(
          "load",
          "offered",
          "achieved",
          "p50",
          "p90",
          "p95",
          "p99",
          "max",
          "wait",
          "service",
          "busy",
          "errors",
          "");

  private static final List<String> UNITS =
      List.of("", "/s", "/s", "ms", "ms", "ms", "ms", "ms", "ms", "ms", "%", "", "");

  /** Where the generator's own lateness is more than this of the median, figures hold it too. */
  private static final double NOTABLE_LATENESS = 0.05;

  private static final double NOTABLE_SHARE = 0.02;
  private static final double NANOS_PER_MS = 1e6;

  private LoadTable() {}

  /** The whole text, with a line end. */
  public static String of(LoadResult result) {
    List<String> lines = new ArrayList<>();
    lines.add(Wrap.labelled("", title(result), BenchTable.WIDTH));
    lines.add("");
    lines.addAll(table(result));
    lines.add("");
    lines.addAll(BenchTable.environment(result.environment(), run(result)));
    Wrap.addNotes(lines, notes(result), BenchTable.WIDTH);
    lines.add("");
    lines.add(Wrap.labelled("", result.verdict(), BenchTable.WIDTH));
    return String.join("\n", lines) + "\n";
  }

  private static String title(LoadResult result) {
    Threads threads = result.threads();
    return "%s, batch %d, %s, %s, %s; %s"
        .formatted(
            Caption.of(result.model(), result.inputs()),
            result.batch(),
            result.task().recipe(),
            threads.instances() == 1
                ? "1 call at a time on %d thread%s"
                    .formatted(threads.intra(), threads.intra() == 1 ? "" : "s")
                : "%d calls at a time on 1 thread each".formatted(threads.instances()),
            result.task().device(),
            mode(result.task().mode()));
  }

  private static String mode(LoadMode mode) {
    return switch (mode) {
      case LoadMode.Closed _ -> "closed loop";
      case LoadMode.Open open -> "open loop, %s arrivals".formatted(open.arrivals());
      case LoadMode.Search search ->
          "search for %s, %s arrivals".formatted(search.slo(), search.arrivals());
      default -> mode.toString();
    };
  }

  private static String run(LoadResult result) {
    Workload.Data data = result.data().orElse(null);
    return "%s; requests take %s in turn"
        .formatted(
            result.environment().time(),
            data == null
                ? result.samples() == 1 ? "one input" : result.samples() + " made-up inputs"
                : "%s of the %s samples in %s"
                    .formatted(
                        Figures.count(result.samples()),
                        Figures.count(data.samples()),
                        data.directory()));
  }

  private static List<String> table(LoadResult result) {
    TextTable table = new TextTable(BenchTable.WIDTH, HEADER, List.of(HEADER.size() - 1));
    table.row(UNITS);
    for (LoadRow row : result.rows()) {
      Outcome outcome = row.outcome();
      if (outcome == null) {
        table.note(row.name(), row.status() + ": " + row.reason());
      } else {
        table.row(cells(row, outcome, result.task().slo()));
      }
    }
    return table.lines();
  }

  private static List<String> cells(LoadRow row, Outcome outcome, @Nullable Slo slo) {
    boolean isOpen = row.plan() instanceof Plan.Open;
    boolean isQueries = row.plan() instanceof Plan.Queries;
    Distribution latency = outcome.latencyOfAll();
    return List.of(
        row.name(),
        isOpen ? Figures.rate(outcome.offeredPerS()) : Figures.NONE,
        Figures.rate(outcome.achievedPerS()),
        Figures.ms(latency.ms(Percentile.P50)),
        Figures.ms(latency.ms(Percentile.P90)),
        Figures.ms(latency.ms(Percentile.P95)),
        Figures.ms(latency.ms(Percentile.P99)),
        Figures.ms(latency.maxMs()),
        isQueries ? Figures.NONE : Figures.ms(outcome.meanWaitMs()),
        Figures.ms(outcome.service().meanMs()),
        Figures.share(outcome.busy()),
        Long.toString(outcome.errors()),
        state(outcome, slo));
  }

  /** An overload is all that is to be said: with time, every bound is passed. */
  private static String state(Outcome outcome, @Nullable Slo slo) {
    String bound = "";
    if (slo != null) {
      bound = slo.isKept(outcome) ? "in bound" : "out of bound";
      bound = slo.isKnown(outcome) ? bound : "too few";
    }
    return outcome.overloaded() ? "overloaded" : bound;
  }

  private static List<String> notes(LoadResult result) {
    List<String> notes = new ArrayList<>(result.notes());
    ModelInfo model = result.model();
    if (model.training()) {
      notes.add("the model was saved in training mode; it was loaded in evaluation mode.");
    }
    if (model.stateful()) {
      notes.add(
          "the model changes its own state: its calls take turns, so more servers answer no more"
              + " requests, and its answers depend on the calls before.");
    }
    if (!result.steady()) {
      notes.add("latencies had not settled when the first load began.");
    }
    double lateMs = 0;
    double runMs = 0;
    Disturbance disturbance = Disturbance.NONE;
    for (LoadRow row : result.rows()) {
      Outcome outcome = row.outcome();
      if (outcome != null) {
        notes.addAll(notes(row, outcome));
        disturbance = disturbance.plus(row.disturbance());
        runMs += outcome.elapsedNanos() / NANOS_PER_MS;
        lateMs = Math.max(lateMs, row.plan() instanceof Plan.Open ? lateMs(outcome) : 0);
      }
    }
    if (lateMs > 0) {
      notes.add(
          "the generator itself was late: of the requests that a free server was waiting for, 1 %"
              + " began %s ms or more after they were due, which counts as latency; the JSON has"
                  .formatted(Figures.ms(lateMs))
              + " it by row.");
    }
    double processorMs = runMs * result.environment().processors();
    disturbed(
        notes,
        disturbance.othersMs(),
        processorMs,
        "other processes took %s of the processors' time");
    disturbed(
        notes,
        disturbance.stolenMs(),
        processorMs,
        "the hypervisor gave %s of the processors' time to others");
    disturbed(
        notes,
        disturbance.throttledMs(),
        runMs,
        "the CPU quota held the worker back for %s of the time");
    disturbed(notes, disturbance.gcMs(), runMs, "garbage was collected for %s of the time");
    return notes;
  }

  /** By how much requests began too late for no other reason than the generator's; 0 if little. */
  private static double lateMs(Outcome outcome) {
    double late = outcome.lateness().quantile(Percentile.P99.fraction());
    double median = outcome.latency().quantile(Percentile.P50.fraction());
    return late > NOTABLE_LATENESS * median ? late / NANOS_PER_MS : 0;
  }

  private static List<String> notes(LoadRow row, Outcome outcome) {
    List<String> notes = new ArrayList<>();
    if (outcome.unanswered().count() > 0) {
      notes.add(
          "%s: %s requests had no answer when the run ended; they count with what they had waited by then, so latency is higher than shown."
              .formatted(row.name(), Figures.count(outcome.unanswered().count())));
    }
    if (outcome.firstError() != null) {
      notes.add(
          "%s: %s of %s requests failed, the first: %s"
              .formatted(
                  row.name(),
                  Figures.count(outcome.errors()),
                  Figures.count(outcome.asked()),
                  outcome.firstError().strip().replaceAll("\\s*\\R\\s*", " ")));
    }
    return notes;
  }

  private static void disturbed(List<String> notes, double ms, double ofMs, String what) {
    if (ms > NOTABLE_SHARE * ofMs) {
      notes.add(what.formatted(Figures.percent(ms / ofMs)) + ": figures may be too slow.");
    }
  }
}
