package io.github.narthex.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.github.narthex.Records;
import io.github.narthex.bench.BenchResult;
import io.github.narthex.bench.Disturbance;
import io.github.narthex.bench.Environment;
import io.github.narthex.bench.Measurement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BenchTableTest {
  @Test
  void wholeText() {
    assertEquals(
        """
        resnet50 (builtin, 25,557,032 parameters), input 1x3x224x224:float32, batch 1, 2 threads, cpu

        recipe                             p50    p90    p99   mean  items/s  first  speed-up [95 %]         error  peak
                                            ms     ms     ms     ms              ms                                   MB
        eager                            50.25  51.25      -  50.75     19.7  150.8  1.00x                       0   412
        freeze                           44.00  45.00      -  44.50     22.5  132.0  1.14x [1.12, 1.16]  0.00032 %   412
        onednn-graph+bf16+channels-last  5.500  6.500  7.250  6.000    166.7  16.50  9.14x [8.97, 9.31]     0.41 %   412
        bf16                             30.00  31.00      -  30.50     32.8  90.00  1.68x [1.60, 1.70]      5.1 %   412
                                         inaccurate: off by 5.1 % of the largest value, the limit is 2 %
        optimize-for-inference           crashed: SIGSEGV in libtorch_cpu.so+0x4d1e10
        channels-last                    unsupported: the model has no input of rank 4, so there is nothing whose channels could
                                         be innermost in memory, and nothing would change

        machine   Some CPU @ 2.00GHz, 2 cores, 2 processors (2 available), 25.0 GB; avx2 avx512f avx512_bf16
        software  narthex 0.1.0, libtorch 2.15.0, OpenJDK 64-Bit Server VM 25+36 (Eclipse Adoptium), Debian GNU/Linux 12
                  (bookworm), kernel 6.1.0
        run       2026-11-21T02:00:00Z; 140 to 700 timed forwards for each recipe in 12 rounds; error against eager over 16
                  inputs
        stability unknown: too few turns to tell (eager, freeze, onednn-graph+bf16+channels-last and 1 more)

        note: the weights are random: errors show numerical noise, not the quality of a trained model's answers.

        Use `onednn-graph+bf16+channels-last`: 9.14x as fast as eager (95 % sure: 8.97x to 9.31x).
          Model fast = Recipe.parse("onednn-graph+bf16+channels-last").applyTo(arena, model);
        """,
        BenchTable.of(Examples.result()));
  }

  @Test
  void labelsAddTheShareOfRightAnswers() {
    String text = BenchTable.of(Examples.labelled(0.929));

    List<String> lines = text.lines().toList();
    assertTrue(lines.get(2).endsWith("error  top-1  top-5  peak"), text);
    assertTrue(lines.get(3).endsWith("  %      %    MB"), text);
    assertTrue(lines.stream().anyMatch(line -> line.endsWith("      0   76.2   92.9   412")), text);
    assertTrue(text.contains("crashed: SIGSEGV"), text);
    assertTrue(
        text.replaceAll("\\s+", " ").contains("over 1,000 of the 5,000 samples in photos"), text);
    String few = BenchTable.of(Examples.labelled(Double.NaN));
    assertTrue(few.contains("top-1  peak"), few);
    assertFalse(few.contains("top-5"), few);
  }

  @Test
  void noLineIsTooLong() {
    BenchResult result = Examples.result();
    List<Measurement> rows = new ArrayList<>(result.results());
    rows.add(
        Examples.ok(
            "a-recipe:with=many,values+and-another:with=even-more+and-a-third-one+bf16",
            12345.678,
            12345.7,
            new io.github.narthex.bench.SpeedUp(
                0.5, new io.github.narthex.bench.Interval(0.49, 0.51)),
            0.5));
    BenchTable.of(Examples.withRows(result, rows))
        .lines()
        .forEach(line -> assertTrue(line.length() <= BenchTable.WIDTH, line));
  }

  @Test
  void disturbanceIsSaid() {
    BenchResult result = Examples.result();
    Measurement row = result.results().getFirst();
    Measurement throttled =
        Records.with(
            row,
            Map.of(
                "steady",
                false,
                "disturbance",
                new Disturbance(0, 1200, 0, 6000),
                "notes",
                List.of("fc stays in float32")));

    String text = BenchTable.of(Examples.withRows(result, List.of(throttled)));

    assertTrue(
        text.contains("note: the CPU quota held workers back for 17 % of the timed forwards:"),
        text);
    assertTrue(text.contains("  fc stays in float32\n"), text);
    assertTrue(text.contains("note: latencies had not settled when timing began: eager."), text);
    assertTrue(text.contains("note: other processes took 42 % of the processors' time"), text);
    assertFalse(text.contains("hypervisor"), text);
  }

  @Test
  void gpusStandUnderTheMachine() {
    Environment.Gpu h200 = new Environment.Gpu("NVIDIA H200", 150_000_000_000L, "9.0");
    Environment.Gpu old = new Environment.Gpu("GPU", null, null);
    BenchResult result = Examples.result();
    BenchResult there =
        Records.with(
            result,
            Map.of(
                "environment",
                Records.with(
                    result.environment(),
                    Map.of(
                        "gpus", List.of(h200, old, h200), "gpuDriver", "580.65", "cuda", "13.0"))));
    String text = BenchTable.of(there);
    assertTrue(
        text.contains(
            "\n"
                + "GPUs      2 x NVIDIA H200, 150.0 GB, compute capability 9.0, GPU; driver 580.65,"
                + " CUDA 13.0\n"),
        text);
    assertFalse(BenchTable.of(result).contains("GPUs"));
    JsonObject environment = BenchJson.of(there).getAsJsonObject("environment");
    assertEquals(3, environment.getAsJsonArray("gpus").size());
    assertEquals("580.65", environment.get("gpu_driver").getAsString());
  }

  @Test
  void memoryOfADeviceIsAColumnWhereThereIsOne() {
    BenchResult result = Examples.result();
    List<Measurement> rows = new ArrayList<>(result.results());
    rows.set(1, Records.with(rows.get(1), Map.of("peakDeviceBytes", 1_234_000_000L)));
    String text = BenchTable.of(Examples.withRows(result, rows));
    assertTrue(text.contains("  peak  on device\n"), text);
    assertTrue(text.contains("1234\n"), text);
    assertFalse(BenchTable.of(result).contains("on device"));
  }
}
