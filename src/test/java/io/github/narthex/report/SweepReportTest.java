package io.github.narthex.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.github.narthex.bench.BenchTask;
import io.github.narthex.bench.Disturbance;
import io.github.narthex.bench.Effort;
import io.github.narthex.bench.Latency;
import io.github.narthex.bench.Measurement;
import io.github.narthex.bench.SpeedUp;
import io.github.narthex.bench.Status;
import io.github.narthex.bench.SweepResult;
import io.github.narthex.bench.SweepRow;
import io.github.narthex.bench.SweepTask;
import io.github.narthex.strategy.Threads;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A sweep as text, JSON and CSV. */
class SweepReportTest {
  private static final Threads ONE = Threads.of(1);
  private static final Threads FOUR = new Threads(1, 4);

  private static SweepRow row(String recipe, long batch, Threads threads, double ms) {
    Latency latency = new Latency(ms, ms, ms, ms, ms, null, ms, 140);
    return row(
        new Measurement(
            recipe,
            batch,
            1,
            "cpu",
            Status.OK,
            null,
            latency,
            1000 * batch * threads.instances() / ms,
            3 * ms,
            412.3456,
            new SpeedUp(1, null),
            Examples.accuracy(0),
            412_000_000L,
            9L,
            true,
            Disturbance.NONE,
            List.of()),
        threads,
        1.25);
  }

  private static SweepRow row(Measurement measurement, Threads threads, double ofEager) {
    List<String> inputs = List.of(measurement.batch() + "x3:float32");
    return new SweepRow(measurement, threads, inputs, 12, ofEager, false);
  }

  private static SweepRow outOfMemory(long batch) {
    Measurement measurement =
        Measurement.failed(
            "freeze",
            batch,
            1,
            "cpu",
            Status.OUT_OF_MEMORY,
            "not tried, as it ran out of memory at batch 8");
    return row(measurement, ONE, Double.NaN);
  }

  static SweepResult result() {
    BenchTask task =
        new BenchTask(
            "m", List.of(), null, List.of("freeze"), 0, 1, "cpu", 0.02, 0, Effort.DEFAULT);
    return new SweepResult(
        Examples.result().environment(),
        Examples.result().model(),
        new SweepTask(task, List.of(1L, 16L), List.of(ONE, FOUR)),
        2,
        List.of(
            row("eager", 1, ONE, 10),
            row("freeze", 1, ONE, 5),
            row("eager", 1, FOUR, 20),
            row("freeze", 1, FOUR, 10),
            row("eager", 16, ONE, 100),
            outOfMemory(16)));
  }

  @Test
  void wholeText() {
    assertEquals(
        """
        resnet50 (builtin, 25,557,032 parameters), inputs 1x3:float32 | 16x3:float32, cpu

          batch  threads  recipe    p50    p90  items/s  speed-up [95 %]  error  peak     of
                                     ms     ms                                     MB  eager
              1        1  eager   10.00  10.00    100.0  1.00x                0   412  1.25x
        *     1        1  freeze  5.000  5.000    200.0  1.00x                0   412  1.25x
              1      1x4  eager   20.00  20.00    200.0  1.00x                0   412  1.25x
        *     1      1x4  freeze  10.00  10.00    400.0  1.00x                0   412  1.25x
             16        1  eager   100.0  100.0    160.0  1.00x                0   412  1.25x
             16        1  freeze  out-of-memory: not tried, as it ran out of memory at batch 8

        lowest latency of each recipe, and most items a second:

        recipe    p50  batch  threads    items/s  batch  threads  pays up to
                   ms                                                  batch
        eager   10.00      1        1      200.0      1      1x4           1
        freeze  5.000      1        1      400.0      1      1x4           1

        machine   Some CPU @ 2.00GHz, 2 cores, 2 processors (2 available), 25.0 GB; avx2 avx512f avx512_bf16
        software  narthex 0.1.0, libtorch 2.15.0, OpenJDK 64-Bit Server VM 25+36 (Eclipse Adoptium), Debian GNU/Linux 12
                  (bookworm), kernel 6.1.0
        run       2026-11-21T02:00:00Z; 140 timed forwards for each row; batches and threads one after the other
        stability unknown: too few turns to tell (eager, freeze)

        note: * is on the front of latency and throughput: no other row is better in one and as good in the other. Speed-ups and
              memory are against eager with the same batch and threads. A batch pays up to where a larger one brings less than 5
              % more items a second.
        note: the weights are random: errors show numerical noise, not the quality of a trained model's answers.
        note: more threads than the 2 physical cores that this process may keep busy: 1x4.

        Lowest latency: `freeze` at batch 1 with 1 thread, p50 5.000 ms and 200.0 items/s. Most items a second: `freeze` at
        batch 1 with 1 thread in each of 4 instances, p50 10.00 ms and 400.0 items/s.
          Model fast = Recipe.parse("freeze").applyTo(arena, model).withThreads(1);
        """,
        SweepTable.of(result()));
  }

  @Test
  void json() {
    JsonObject document = SweepJson.of(result());

    assertEquals("narthex.sweep/1", document.get("schema").getAsString());
    JsonObject workload = document.getAsJsonObject("workload");
    assertEquals("[1,16]", workload.get("batches").toString());
    assertEquals(
        "[{\"threads\":1,\"instances\":1},{\"threads\":1,\"instances\":4}]",
        workload.get("threads").toString());
    JsonObject freeze = document.getAsJsonArray("results").get(3).getAsJsonObject();
    assertEquals(4, freeze.get("instances").getAsInt());
    assertTrue(freeze.get("pareto").getAsBoolean());
    assertEquals(1.25, freeze.get("peak_rss_of_eager").getAsDouble());
    JsonObject best = document.getAsJsonArray("best").get(1).getAsJsonObject();
    assertEquals("freeze", best.get("recipe").getAsString());
    assertEquals(1, best.get("batch_pays_up_to").getAsLong());
    assertEquals(5, best.getAsJsonObject("latency").get("p50_ms").getAsDouble());
    assertEquals(
        "{\"recipe\":\"freeze\",\"batch\":1,\"threads\":1,\"throughput_per_s\":400.0,"
            + "\"instances\":4,\"p50_ms\":10.000}",
        document.getAsJsonObject("recommended").get("throughput").toString());
  }

  /** Readers need not ask whether a field is there. */
  @Test
  void rowsThatFellHaveTheSameFields() {
    var results = SweepJson.of(result()).getAsJsonArray("results");
    assertEquals(
        results.get(0).getAsJsonObject().keySet(), results.get(5).getAsJsonObject().keySet());
    assertTrue(results.get(5).getAsJsonObject().get("peak_rss_of_eager").isJsonNull());
  }

  @Test
  void csv() {
    List<String> lines = SweepCsv.of(result()).lines().toList();

    assertEquals(7, lines.size());
    assertTrue(lines.getFirst().endsWith(",instances,rounds,peak_rss_of_eager,pareto"));
    assertTrue(lines.get(4).endsWith(",412000000,,,,4,12,1.25,true"), lines.get(4));
    assertTrue(lines.get(6).endsWith(",1,12,,false"), lines.get(6));
  }
}
