package io.github.narthex.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.github.narthex.bench.Disturbance;
import io.github.narthex.bench.LoadMode;
import io.github.narthex.bench.LoadResult;
import io.github.narthex.bench.LoadRow;
import io.github.narthex.bench.LoadTask;
import io.github.narthex.bench.ModelInfo;
import io.github.narthex.bench.PackageOptions;
import io.github.narthex.bench.Status;
import io.github.narthex.load.Arrivals;
import io.github.narthex.load.Distribution;
import io.github.narthex.load.Outcome;
import io.github.narthex.load.Plan;
import io.github.narthex.load.RateSearch;
import io.github.narthex.load.Slo;
import io.github.narthex.strategy.Threads;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LoadReportTest {
  private static final long MS = 1_000_000;
  private static final Slo SLO = Slo.parse("p99=20ms");

  /** So many that all took that long. */
  private static Distribution all(long count, long ms) {
    return count == 0
        ? Distribution.NONE
        : new Distribution(
            count,
            (double) count * ms * MS,
            ms * MS,
            ms * MS,
            List.of(new Distribution.Bucket(ms * MS, ms * MS, count)));
  }

  private static Outcome outcome(double perS, long answered, long latencyMs, long unanswered) {
    return new Outcome(
        2,
        10_000 * MS,
        10_000 * MS,
        perS,
        all(answered, latencyMs),
        all(unanswered, 5_000),
        all(answered, 10),
        all(100, 4),
        unanswered,
        unanswered > 0,
        unanswered > 0 ? 7 : 0,
        unanswered > 0 ? "no\n memory" : null);
  }

  private static LoadRow row(Plan plan, Outcome outcome) {
    return new LoadRow(plan, Status.OK, null, outcome, new Disturbance(0, 0, 0, 9_000));
  }

  private static LoadResult result(
      LoadMode mode, @Nullable Slo slo, RateSearch.@Nullable Found found, LoadRow... rows) {
    return new LoadResult(
        Examples.result().environment(),
        new ModelInfo("m.pt", "TorchScript", 1234, 4936, 5936, false, false, true),
        new LoadTask(
            "m.pt",
            PackageOptions.NONE,
            List.of(),
            null,
            "freeze",
            new Threads(1, 2),
            "cpu",
            mode,
            slo,
            Duration.ZERO,
            3),
        List.of("1x3:float32"),
        4,
        new Threads(1, 2),
        16,
        Optional.empty(),
        List.of("fc stays"),
        true,
        List.of(rows),
        Optional.ofNullable(found),
        0);
  }

  static LoadResult open(@Nullable Slo slo) {
    LoadRow fallen =
        new LoadRow(
            new Plan.Open(400, Arrivals.POISSON, 10_000 * MS, 3),
            Status.CRASHED,
            "ended by signal 11 (SIGSEGV)",
            null,
            Disturbance.NONE);
    return result(
        new LoadMode.Open(List.of(100.0, 200.0, 400.0), Arrivals.POISSON),
        slo,
        null,
        row(new Plan.Open(100, Arrivals.POISSON, 10_000 * MS, 3), outcome(100, 1000, 15, 0)),
        row(new Plan.Open(200, Arrivals.POISSON, 10_000 * MS, 3), outcome(150, 1500, 3000, 493)),
        fallen);
  }

  @Test
  void table() {
    String text = LoadTable.of(open(SLO));
    assertTrue(
        text.startsWith(
            """
            m.pt (TorchScript, 1,234 parameters), input 1x3:float32, batch 4, freeze, 2 calls at a time on 1 thread each, cpu; open
            loop, poisson arrivals

            load   offered  achieved     p50     p90     p95     p99     max    wait  service  busy  errors
                        /s        /s      ms      ms      ms      ms      ms      ms       ms     %
            100/s    100.0     100.0   15.00   15.00   15.00   15.00   15.00   5.000    10.00  50.0       0  in bound
            200/s    200.0     150.0  3000.0  5000.0  5000.0  5000.0  5000.0  2990.0    10.00  75.0       7  overloaded
            400/s  crashed: ended by signal 11 (SIGSEGV)
            """),
        text);
    assertTrue(text.contains("\nnote: fc stays\n"), text);
    assertTrue(
        text.contains("\nnote: the model changes its own state: its calls take turns"), text);
    assertTrue(text.contains("note: 200/s: 493 requests had no answer when the run ended"), text);
    assertTrue(
        text.contains("note: 200/s: 7 of 2,000 requests failed, the first: no memory"), text);
    assertTrue(text.contains("note: the generator itself was late"), text);
    assertTrue(text.contains("other processes took"), text);
    assertTrue(
        text.endsWith(
            """
            The model keeps up with 100/s. 200/s is too much: 150/s were answered, 493 requests had no answer when the last one
            came. p99=20ms is kept up to 100/s (100/s). 400/s: crashed, ended by signal 11 (SIGSEGV).
            """),
        text);
    assertTrue(text.lines().allMatch(line -> line.length() <= 130), text);
  }

  @Test
  void json() {
    JsonObject document = LoadJson.of(open(SLO));
    assertEquals("narthex.load/1", document.get("schema").getAsString());
    JsonObject workload = document.getAsJsonObject("workload");
    assertEquals("open-loop", workload.get("mode").getAsString());
    assertEquals("poisson", workload.get("arrivals").getAsString());
    assertEquals("{\"percentile\":\"p99\",\"bound_ms\":20.0}", workload.get("slo").toString());
    JsonObject good = document.getAsJsonArray("results").get(0).getAsJsonObject();
    assertEquals(400, good.get("items_per_s").getAsDouble());
    assertEquals(15, good.getAsJsonObject("latency_ms").get("p99").getAsDouble());
    assertTrue(good.get("keeps_slo").getAsBoolean());
    assertFalse(good.get("overloaded").getAsBoolean());
    JsonObject over = document.getAsJsonArray("results").get(1).getAsJsonObject();
    assertEquals(2000, over.get("requests").getAsLong());
    assertEquals(5000, over.getAsJsonObject("latency_ms").get("p99").getAsDouble());
    assertEquals(4, over.getAsJsonObject("generator_late_ms").get("p99").getAsDouble());
    JsonObject fallen = document.getAsJsonArray("results").get(2).getAsJsonObject();
    assertEquals(good.keySet(), fallen.keySet(), "every field is always there");
    assertTrue(fallen.get("requests").isJsonNull());
    assertTrue(document.get("found").isJsonNull());
  }

  @Test
  void csv() {
    List<String> lines = LoadCsv.of(open(null)).lines().toList();
    assertEquals(4, lines.size());
    assertTrue(lines.getFirst().startsWith("load,callers,rate_per_s,"), lines.getFirst());
    for (String line : lines) {
      assertEquals(lines.getFirst().split(",", -1).length, line.split(",", -1).length, line);
    }
    assertTrue(lines.getLast().startsWith("400/s,,400.0,,10.0,crashed,ended by"), lines.getLast());
  }

  @Test
  void whatCallersBring() {
    LoadResult result =
        result(
            new LoadMode.Closed(List.of(1, 2, 4)),
            null,
            null,
            row(new Plan.Closed(1, 10_000 * MS), outcome(90, 900, 11, 0)),
            row(new Plan.Closed(2, 10_000 * MS), outcome(160, 1600, 12, 0)),
            row(new Plan.Closed(4, 10_000 * MS), outcome(165, 1650, 24, 0)));
    assertEquals(
        "2 callers bring 160/s at a median of 12.00 ms; more callers bring less than 5 % more, and"
            + " wait longer.",
        result.verdict());
    assertFalse(LoadTable.of(result).contains("generator itself"), "there is none");
  }

  @Test
  void whatASearchFound() {
    LoadMode search = new LoadMode.Search(SLO, Arrivals.POISSON);
    Outcome alone = outcome(95, 950, 11, 0);
    LoadRow row = row(new Plan.Closed(1, 10_000 * MS), alone);
    Outcome best = outcome(120, 1200, 18, 0);
    LoadResult found = result(search, SLO, new RateSearch.Found(120, 125, 190, alone, best), row);
    assertTrue(found.isUseful());
    assertEquals(
        "120 requests/s (poisson) is the most with p99 within 20.00 ms: kept in 3 runs of 3, with"
            + " p99 18.00 ms there; not kept with 125/s.",
        found.verdict());
    JsonObject json = LoadJson.of(found).getAsJsonObject("found");
    assertEquals(120, json.get("rate_per_s").getAsDouble());
    assertEquals(18, json.getAsJsonObject("latency_ms").get("p99").getAsDouble());

    Outcome slow = outcome(30, 900, 33, 0);
    LoadResult none = result(search, SLO, new RateSearch.Found(0, 0, 30, slow, slow), row);
    assertFalse(none.isUseful());
    assertEquals(
        "p99 within 20.00 ms can't be had: calls one after the other, which nothing waits for, have"
            + " p99 33.00 ms (median 33.00 ms, fastest 33.00 ms) at 30/s.",
        none.verdict());
    LoadResult rare = result(search, SLO, new RateSearch.Found(0, 2, 30, alone, slow), row);
    assertEquals(
        "p99 within 20.00 ms can't be had with poisson arrivals: even 2/s has p99 33.00 ms; calls"
            + " one after the other have p99 11.00 ms.",
        rare.verdict());
  }
}
