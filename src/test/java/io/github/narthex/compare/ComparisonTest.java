package io.github.narthex.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import io.github.narthex.InputException;
import io.github.narthex.bench.Interval;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComparisonTest {
  @TempDir Path directory;

  private Comparison compare(WrittenResults before, WrittenResults after) {
    return Comparison.of(
        DocumentReader.read(before.write(directory.resolve("a.json"))),
        DocumentReader.read(after.write(directory.resolve("b.json"))));
  }

  private static void assertWithin(double expected, Difference difference) {
    Interval interval = Objects.requireNonNull(difference.interval());
    assertTrue(interval.contains(expected), difference.toString());
  }

  @Test
  void slowerSameAndUnclear() {
    Comparison comparison =
        compare(
            WrittenResults.of(1).row("a", 10).row("b", 10).row("c", 10).noise(0.2).row("d", 10),
            WrittenResults.of(2).row("a", 11).row("b", 10).row("c", 8).noise(0.2).row("d", 10));

    assertEquals(
        List.of(Change.SLOWER, Change.SAME, Change.FASTER, Change.UNCLEAR),
        comparison.pairs().stream().map(pair -> pair.difference(Metric.P50).change()).toList());
    Pair slower = comparison.pairs().getFirst();
    for (Metric metric : List.of(Metric.P50, Metric.P99)) {
      assertEquals(1.1, Objects.requireNonNull(slower.difference(metric).ratio()), 0.02);
      assertWithin(1.1, slower.difference(metric));
    }
    Difference throughput = slower.difference(Metric.THROUGHPUT);
    assertWithin(1 / 1.1, throughput);
    assertEquals(Change.SLOWER, throughput.change());
    assertNull(slower.difference(Metric.PEAK).interval());
    assertEquals(
        "By p50, of 4 rows: 1 faster (c), 1 slower (a), 1 the same, 1 unclear.",
        comparison.summary());
  }

  /** Without samples, turns are too short for a p99 of their own. */
  @Test
  void whatTurnsAreTooShortForHasNoInterval() {
    Comparison comparison =
        compare(
            WrittenResults.of(1).withoutSamples().row("a", 10),
            WrittenResults.of(2).withoutSamples().row("a", 11));
    Pair pair = comparison.pairs().getFirst();
    assertNotNull(pair.difference(Metric.P50).interval());
    assertNotNull(pair.difference(Metric.THROUGHPUT).interval());
    assertNotNull(pair.difference(Metric.P99).ratio());
    assertNull(pair.difference(Metric.P99).interval());
    assertNull(pair.difference(Metric.P99).change());
  }

  @Test
  void oldFilesHaveNoTurns() {
    WrittenResults old = WrittenResults.of(1).row("a", 10);
    old.row().remove("turns");
    old.row().remove("samples_ms");
    Comparison comparison = compare(old, WrittenResults.of(2).row("a", 12));
    assertNull(comparison.pairs().getFirst().difference(Metric.P50).interval());
    assertEquals("By p50, of 1 row: 1 without an interval.", comparison.summary());
  }

  @Test
  void rowsArePairedByAllThatTheyAre() {
    Comparison comparison =
        compare(
            WrittenResults.of(1).row("a", 1, 2, 10).row("a", 8, 2, 70).row("b", 1, 2, 5),
            WrittenResults.of(2).row("a", 8, 2, 70).row("a", 1, 1, 20).row("c", 1, 2, 5));
    assertEquals(1, comparison.pairs().size());
    assertEquals("a, batch 8, 2 threads", comparison.pairs().getFirst().label());
    assertEquals(
        List.of("a, batch 1, 2 threads", "b, batch 1, 2 threads"),
        comparison.onlyBefore().stream().map(row -> row.key().full()).toList());
    assertEquals(
        List.of("a, batch 1, 1 thread", "c, batch 1, 2 threads"),
        comparison.onlyAfter().stream().map(row -> row.key().full()).toList());
  }

  @Test
  void otherThreadsAreAWarning() {
    Comparison comparison =
        compare(
            WrittenResults.of(1).row("a", 1, 2, 10).row("b", 1, 2, 5),
            WrittenResults.of(2).row("b", 1, 1, 9).row("a", 1, 1, 20));
    assertEquals(List.of("a", "b"), comparison.pairs().stream().map(Pair::label).toList());
    assertEquals(List.of("threads: 2 threads before, 1 thread after"), comparison.warnings());
  }

  @Test
  void anotherEnvironmentIsAWarning() {
    WrittenResults after = WrittenResults.of(2).row("a", 10);
    after.document().getAsJsonObject("environment").addProperty("cpu", "Other CPU");
    after.document().getAsJsonObject("environment").addProperty("libtorch", "2.16.0");
    after.document().getAsJsonObject("workload").remove("seed");
    after.document().getAsJsonObject("stability").addProperty("verdict", "unstable");
    after.document().getAsJsonObject("stability").getAsJsonArray("reasons").add("noise");
    assertEquals(
        List.of(
            "these are two machines, whose figures can't be compared: cpu: Some CPU before, Other"
                + " CPU after",
            "libtorch: 2.15.0 before, 2.16.0 after",
            "seed: 0 before, none after",
            directory.resolve("b.json") + " is unstable: noise"),
        compare(WrittenResults.of(1).row("a", 10), after).warnings());
  }

  /** What turns of a run have in common, no interval shows. */
  @Test
  void aDisturbedRunExplainsDifferences() {
    WrittenResults disturbed = WrittenResults.of(2).row("a", 10.7).row("b", 12);
    disturbed.document().getAsJsonObject("stability").addProperty("taken", 0.08);
    Comparison comparison = compare(WrittenResults.of(1).row("a", 10).row("b", 10), disturbed);

    Difference first = comparison.pairs().getFirst().difference(Metric.P50);
    assertEquals(8 / 92.0, first.disturbance(), 1e-9);
    assertTrue(Objects.requireNonNull(first.interval()).low() > 1.05, "the interval knows nothing");
    assertEquals(Change.UNCLEAR, first.change());
    Pair last = comparison.pairs().getLast();
    assertEquals(Change.SLOWER, last.difference(Metric.P50).change());
    assertEquals(0, last.difference(Metric.PEAK).disturbance());

    disturbed.document().getAsJsonObject("stability").addProperty("taken", 0.3);
    comparison = compare(WrittenResults.of(1).row("a", 10).row("b", 1), disturbed);
    assertEquals(Change.UNCLEAR, comparison.pairs().getLast().difference(Metric.P50).change());
    assertEquals(
        "others had so much of the processors during %s that no difference in time can be told"
            .formatted(directory.resolve("b.json")),
        comparison.warnings().getLast());
  }

  @Test
  void soDoesADrift() {
    WrittenResults drifting = WrittenResults.of(2).row("a", 12);
    drifting
        .row()
        .add("stability", JsonParser.parseString("{\"drift\": -0.25, \"drift_ci\": [-0.3, -0.1]}"));
    Comparison comparison = compare(WrittenResults.of(1).row("a", 10), drifting);
    assertEquals(Change.UNCLEAR, comparison.pairs().getFirst().difference(Metric.P50).change());
    drifting
        .row()
        .add("stability", JsonParser.parseString("{\"drift\": -0.25, \"drift_ci\": [-0.5, 0.1]}"));
    comparison = compare(WrittenResults.of(1).row("a", 10), drifting);
    assertEquals(Change.SLOWER, comparison.pairs().getFirst().difference(Metric.P50).change());
  }

  @Test
  void nothingInCommon() {
    String message =
        assertThrows(
                    InputException.class,
                    () ->
                        compare(
                            WrittenResults.of(1).row("a", 10), WrittenResults.of(2).row("b", 10)))
                .getMessage()
            + "";
    assertTrue(
        message.endsWith(
            "have no row in common: one has a, batch 1, 2 threads, the other b, batch 1, 2"
                + " threads"),
        message);
  }
}
