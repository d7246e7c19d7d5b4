package io.github.narthex.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.github.narthex.bench.BenchResult;
import io.github.narthex.bench.Candidate;
import io.github.narthex.bench.Disturbance;
import io.github.narthex.bench.LoadResult;
import io.github.narthex.bench.Measurement;
import io.github.narthex.bench.Turn;
import io.github.narthex.compare.Change;
import io.github.narthex.compare.Comparison;
import io.github.narthex.compare.Document;
import io.github.narthex.compare.DocumentReader;
import io.github.narthex.compare.Metric;
import io.github.narthex.compare.Pair;
import io.github.narthex.compare.Row;
import io.github.narthex.optimize.OptimizeResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written is what {@code compare} reads. */
class CompareRoundTripTest {
  @TempDir Path directory;

  private Document read(JsonObject document) throws IOException {
    Path file = directory.resolve("result.json");
    Files.writeString(file, Json.text(document));
    return DocumentReader.read(file.toString());
  }

  private static BenchResult result() {
    List<Turn> turns = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      turns.add(
          new Turn(new long[] {50_000_000 + i, 50_300_000 - i, 51_000_000}, Disturbance.NONE));
    }
    return Examples.withTurns(Examples.result(), turns);
  }

  @Test
  void bench() throws IOException {
    Document document = read(BenchJson.of(result(), true));

    assertEquals(result().results().size(), document.rows().size());
    for (int i = 0; i < document.rows().size(); i++) {
      Measurement written = result().results().get(i);
      Row row = document.rows().get(i);
      assertEquals(written.recipe(), row.key().recipe());
      assertEquals(written.status().toString(), row.status());
      assertEquals(written.latency() != null, row.isMeasured());
      assertEquals(written.turns().size(), row.turns().size());
    }
    assertEquals(50.25, document.rows().getFirst().values().get(Metric.P50));
    assertEquals("2.15.0", document.conditions().get("libtorch"));
    Comparison comparison = Comparison.of(document, document);
    assertEquals(List.of(), comparison.warnings());
    for (Pair pair : comparison.pairs()) {
      if (pair.after().isMeasured()) {
        assertEquals(Change.SAME, pair.difference(Metric.P50).change());
        assertEquals(Change.SAME, pair.difference(Metric.THROUGHPUT).change());
      }
    }
    assertTrue(CompareTable.of(comparison, List.of()).contains("\nonednn-graph+bf16"));
  }

  @Test
  void searchAndLoad() throws IOException {
    OptimizeResult search = OptimizeExamples.result();
    Document optimized = read(OptimizeJson.of(search));
    assertEquals(search.trials().size(), optimized.rows().size());
    for (int i = 0; i < optimized.rows().size(); i++) {
      Candidate candidate = search.trials().get(i).candidate();
      Row.Key key = optimized.rows().get(i).key();
      assertEquals(candidate.recipe(), key.recipe());
      assertEquals(candidate.batch(), key.batch());
      assertEquals(candidate.threads().intra(), key.threads());
      assertEquals(candidate.threads().instances(), key.instances());
    }
    Comparison comparison = Comparison.of(optimized, optimized);
    assertEquals(optimized.rows().size(), comparison.pairs().size());

    LoadResult load = LoadReportTest.open(null);
    Document loaded = read(LoadJson.of(load));
    assertEquals(load.rows().size(), loaded.rows().size());
    Row first = loaded.rows().getFirst();
    assertEquals(load.task().recipe(), first.key().recipe());
    assertEquals(load.rows().getFirst().name(), first.key().load());
    assertTrue(first.isMeasured());
    assertTrue(first.values().containsKey(Metric.THROUGHPUT));
  }

  @Test
  void sweep() throws IOException {
    Document document = read(SweepJson.of(SweepReportTest.result()));

    assertEquals(6, document.rows().size());
    assertEquals(new Row.Key("freeze", "", 1, 1, 4, "cpu"), document.rows().get(3).key());
    assertEquals(
        "freeze, batch 1, 1x4 threads", Comparison.of(document, document).pairs().get(3).label());
  }
}
