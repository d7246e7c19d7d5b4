package io.github.narthex.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.github.narthex.bench.BenchResult;
import io.github.narthex.bench.BenchTask;
import io.github.narthex.bench.Effort;
import io.github.narthex.bench.ModelRow;
import io.github.narthex.bench.ModelsResult;
import io.github.narthex.bench.Recommendation;
import io.github.narthex.bench.Status;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Several models as text, JSON and CSV. */
class ModelsReportTest {
  private static BenchTask task(String model) {
    return new BenchTask(
        model, List.of(), null, List.of("freeze"), 0, 2, "cpu", 0.02, 0, Effort.DEFAULT);
  }

  private static ModelsResult result() {
    BenchResult all = Examples.result();
    BenchResult eagerIsBest =
        new BenchResult(
            all.environment(),
            all.model(),
            all.workload(),
            all.results().subList(0, 1),
            new Recommendation("eager", "Use `eager`."));
    BenchResult none =
        new BenchResult(
            all.environment(),
            all.model(),
            all.workload(),
            all.results().subList(0, 1),
            new Recommendation(null, "No recipe."));
    return new ModelsResult(
        List.of(
            new ModelRow(task("resnet50"), all, Status.OK, null),
            new ModelRow(task("a.pt"), eagerIsBest, Status.OK, null),
            new ModelRow(task("b.pt"), none, Status.OK, null),
            new ModelRow(task("c.pt"), null, Status.FAILED, "its inputs can't be guessed")));
  }

  @Test
  void wholeText() {
    assertEquals(
        """
        4 models, 2 threads, cpu; each as it is, and with the recipe that suits it best

        model     weights  file  recipe                             p50    p99  items/s  speed-up [95 %]      error  peak
                             MB                                      ms     ms                                         MB
        resnet50   25.6 M   103  eager                            50.25      -     19.7  1.00x                    0   412
                                 onednn-graph+bf16+channels-last  5.500  7.250    166.7  9.14x [8.97, 9.31]  0.41 %   412
        a.pt       25.6 M   103  eager                            50.25      -     19.7  1.00x                    0   412
        b.pt       25.6 M   103  eager                            50.25      -     19.7  1.00x                    0   412
                  no recipe ran with answers that hold
        c.pt      failed: its inputs can't be guessed

        machine   Some CPU @ 2.00GHz, 2 cores, 2 processors (2 available), 25.0 GB; avx2 avx512f avx512_bf16
        software  narthex 0.1.0, libtorch 2.15.0, OpenJDK 64-Bit Server VM 25+36 (Eclipse Adoptium), Debian GNU/Linux 12
                  (bookworm), kernel 6.1.0
        run       2026-11-21T02:00:00Z; one model after the other; inputs: resnet50 1x3x224x224:float32, a.pt
                  1x3x224x224:float32, b.pt 1x3x224x224:float32
        stability unknown: resnet50: too few turns to tell (eager, freeze, onednn-graph+bf16+channels-last and 1 more); a.pt:
                  too few turns to tell (eager); b.pt: too few turns to tell (eager)

        note: resnet50, a.pt, b.pt: random weights, whose errors show noise only.

        Lowest latency: `resnet50` with `onednn-graph+bf16+channels-last`, p50 5.500 ms.
        """,
        ModelsTable.of(result()));
  }

  @Test
  void json() {
    JsonObject document = ModelsJson.of(result(), false);
    assertEquals("narthex.models/1", document.get("schema").getAsString());
    JsonObject first = document.getAsJsonArray("models").get(0).getAsJsonObject();
    assertEquals(102_500_000, first.get("file_bytes").getAsLong());
    assertEquals(50.25, first.getAsJsonObject("eager").get("p50_ms").getAsDouble());
    assertEquals(
        "onednn-graph+bf16+channels-last",
        first.getAsJsonObject("best").get("recipe").getAsString());
    assertEquals("narthex.bench/1", first.getAsJsonObject("result").get("schema").getAsString());
    JsonObject failed = document.getAsJsonArray("models").get(3).getAsJsonObject();
    assertEquals(first.keySet(), failed.keySet());
    assertEquals("its inputs can't be guessed", failed.get("reason").getAsString());
    assertTrue(failed.get("result").isJsonNull());
  }

  @Test
  void csv() {
    List<String> lines = ModelsCsv.of(result()).lines().toList();
    assertEquals(1 + 6 + 1 + 1 + 1, lines.size());
    assertTrue(lines.getFirst().startsWith("model,parameters,file_bytes,best,recipe,batch,"));
    assertTrue(lines.get(1).startsWith("resnet50,25557032,102500000,false,eager,1,2,cpu,ok,"));
    assertTrue(
        lines
            .get(3)
            .startsWith("resnet50,25557032,102500000,true,onednn-graph+bf16+channels-last"));
    assertTrue(
        lines
            .getLast()
            .startsWith("c.pt,,,false,eager,0,2,cpu,failed,its inputs can't be guessed,"),
        lines.getLast());
  }

  @Test
  void nothingWasMeasured() {
    ModelsResult failed = new ModelsResult(List.of(result().rows().getLast()));
    assertTrue(
        ModelsTable.of(failed).endsWith("\n\nNo model ran with answers that hold.\n"),
        ModelsTable.of(failed));
  }
}
