package io.github.narthex.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.narthex.bench.BenchResult;
import io.github.narthex.bench.ModelInfo;
import io.github.narthex.optimize.OptimizeResult;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The result of a search as text, JSON, CSV, Markdown and HTML. */
class OptimizeReportTest {
  private static final int MOST_BYTES = 300_000;

  private final OptimizeResult result = OptimizeExamples.result();

  private static JsonObject json(OptimizeResult result) {
    return JsonParser.parseString(Json.text(OptimizeJson.of(result))).getAsJsonObject();
  }

  private static JsonObject trial(JsonObject document, int index) {
    return document.getAsJsonArray("trials").get(index).getAsJsonObject();
  }

  private static void assertContains(String part, String text) {
    assertTrue(text.contains(part), text);
  }

  @Test
  void jsonDocument() {
    JsonObject document = json(result);
    assertEquals(
        Set.of(
            "schema",
            "environment",
            "model",
            "task",
            "inputs",
            "data",
            "trials",
            "chosen",
            "champions",
            "verdict",
            "stability",
            "stopped",
            "reasons",
            "advice",
            "elapsed_s"),
        document.keySet());
    assertEquals("narthex.optimize/1", document.get("schema").getAsString());
    assertEquals(4, document.get("chosen").getAsInt());
    assertEquals(
        "{\"latency\":4,\"throughput\":14,\"memory\":11,\"size\":4}",
        document.get("champions").toString());
    assertEquals(118.4, document.get("elapsed_s").getAsDouble());
    JsonObject task = document.getAsJsonObject("task");
    assertEquals("{\"percentile\":99,\"ms\":25.0}", task.get("slo").toString());
    assertEquals("[1,4,8]", task.get("batches").toString());
    assertEquals(120, task.get("budget_s").getAsDouble());
  }

  @Test
  void jsonTrial() {
    JsonObject trial = trial(json(result), 4);
    assertEquals("onednn-graph+bf16+channels-last", trial.get("recipe").getAsString());
    assertEquals(51_400_000, trial.get("file_bytes").getAsLong());
    assertEquals("chosen", trial.get("outcome").getAsString());
    assertTrue(trial.get("pareto").getAsBoolean());
    assertEquals(
        "{\"name\":\"aten::linear\",\"calls\":1.0,\"self_ms\":2.8,\"share\":0.14}",
        trial.getAsJsonArray("operators").get(1).toString());
    assertEquals(2, trial(json(result), 12).get("instances").getAsInt());
  }

  /** A search of which nothing came has the same fields. */
  @Test
  void everyFieldIsAlwaysThere() {
    JsonObject document = json(result);
    JsonObject nothing = json(OptimizeExamples.nothing());
    assertEquals(document.keySet(), nothing.keySet());
    assertEquals(trial(document, 4).keySet(), trial(nothing, 0).keySet());
    assertTrue(nothing.get("chosen").isJsonNull());
    assertTrue(nothing.get("data").isJsonNull());
    assertTrue(nothing.getAsJsonObject("champions").get("latency").isJsonNull());
    assertEquals("[]", trial(nothing, 0).get("operators").toString());
  }

  @Test
  void csv() {
    String[] lines = OptimizeCsv.of(result).split("\n", -1);
    assertEquals(1 + 16 + 1, lines.length);
    assertTrue(
        lines[0].endsWith(",top5,instances,file_bytes,outcome,pareto,chosen,best_for"), lines[0]);
    assertTrue(lines[5].startsWith("onednn-graph+bf16+channels-last,1,2,cpu,ok,,"), lines[5]);
    assertTrue(lines[5].endsWith(",1,51400000,chosen,true,true,latency size"), lines[5]);
    assertTrue(lines[9].endsWith(",1,,SIGSEGV in libtorch_cpu.so+0x4d1e10,false,false,"), lines[9]);
  }

  @Test
  void table() {
    String text = OptimizeTable.of(result);
    assertContains("resnet50 (builtin, 25,557,032 parameters), input 1x3x224x224:float32;", text);
    assertContains(
        "\n* onednn-graph+bf16+channels-last, 2 threads, batch 1   19.92  24.17     50.8"
            + "  2.81x [2.70, 2.95]      1.2 %   416    51\n",
        text);
    assertContains("crashed: SIGSEGV in libtorch_cpu.so+0x4d1e10\n", text);
    assertContains(
        "\nthroughput  onednn-graph+bf16+channels-last, 1x2 threads, batch 8  60.0 items/s\n",
        text);
    assertContains("16 trials in 1 min 58 s, 900 timed forwards for each", text);
    assertContains("\nDeploy `onednn-graph+bf16+channels-last`: 2.81x", text);
    assertContains("\n- `aten::batch_norm_`: 9 % of the time", text);
    assertContains("\nWhat else could be done:\n- 14 % of the time", text);
    for (String line : text.split("\n", -1)) {
      assertTrue(line.length() <= BenchTable.WIDTH, line);
    }
  }

  @Test
  void tableOfNothing() {
    String text = OptimizeTable.of(OptimizeExamples.nothing());
    assertContains("failed: expected a tensor of rank 4, got 2\n", text);
    assertContains("answers were compared over inputs that are made up", text);
    assertFalse(text.contains("best for"), text);
  }

  @Test
  void markdown() {
    String text = OptimizeMarkdown.of(result);
    assertContains("## narthex optimize: `resnet50`\n", text);
    assertContains("\n> Deploy `onednn-graph+bf16+channels-last`: 2.81x as fast as eager", text);
    assertContains(
        "\n| 5 | **`onednn-graph+bf16+channels-last`** | 2 | 1 | 19.92 | 21.32 | 24.17 | 50.8 |"
            + " 2.81x \\[2.70, 2.95\\] | 1.2 % | 99.7 | 76.0 | 92.8 | 416 | 51 | chosen |\n",
        text);
    assertContains("| crashed: SIGSEGV in libtorch\\_cpu.so+0x4d1e10 |\n", text);
  }

  /** GitHub takes some HTML in Markdown. */
  @Test
  void markdownOfHostileNames() {
    String name = "a|b`c <img src=x> @someone";
    String text = OptimizeMarkdown.of(OptimizeExamples.result(name, name + "\n# title"));
    assertContains("## narthex optimize: ``a\u2502b`c <img src=x> @someone``\n", text);
    assertContains("| crashed: a\\|b\\`c \\<img src=x\\> @\u200bsomeone \\# title |\n", text);
  }

  @Test
  void pagesAreSmallAndAlone() {
    ReportPages.all()
        .forEach(
            (name, page) -> {
              int bytes = page.getBytes(StandardCharsets.UTF_8).length;
              assertTrue(bytes < MOST_BYTES, name + " has " + bytes + " bytes");
              assertFalse(page.contains("http:") || page.contains("https:"), name);
              assertFalse(page.contains("url(") || page.contains("@import"), name);
            });
  }

  @Test
  void hostileNamesStayText() {
    String hostile = ReportPages.HOSTILE;
    String page = OptimizeHtml.of(OptimizeExamples.result(hostile, hostile));
    assertFalse(page.contains("<img"), page);
    assertEquals(2, page.split("<script", -1).length);
    assertContains("&lt;/script&gt;&lt;script&gt;document.title=&#39;x&#39;", page);
  }

  @Test
  void command() {
    assertEquals(
        "narthex optimize 'it'\\''s a model.pt' --input 1x3x224x224:float32 --data photos --goal"
            + " latency --max-error 0.02 --min-agreement 0.99 --slo p99=25ms --min-throughput 40/s"
            + " --max-memory 1000MB --batch 1,4,8 --budget 120s --seed 7 --output bundle",
        CommandText.of(OptimizeExamples.result("it's a model.pt", "").task()));
    assertEquals(
        "narthex bench resnet50 --input 1x3x224x224:float32 --recipe"
            + " freeze,onednn-graph+bf16+channels-last,bf16,optimize-for-inference,channels-last"
            + " --threads 2 --max-error 0.02 --seed 0",
        CommandText.of(Examples.result()));
    assertEquals(
        "narthex bench m --recipe freeze --batch 1,16 --threads 1,1x4 --max-error 0.02 --seed 0",
        CommandText.of(SweepReportTest.result()));
  }

  /** How a package was loaded is part of what was measured. */
  @Test
  void packageOptions() {
    BenchResult all = Examples.result();
    BenchResult result =
        new BenchResult(
            all.environment(),
            new ModelInfo(
                "net.pt2",
                "package",
                9,
                36,
                99,
                false,
                false,
                false,
                List.of("model=a b", "force")),
            all.workload(),
            all.results().subList(0, 1),
            all.recommendation());
    assertEquals(
        "narthex bench net.pt2 --package 'model=a b' --package force --input 1x3x224x224:float32"
            + " --recipe eager --threads 2 --max-error 0.02 --seed 0",
        CommandText.of(result));
    assertTrue(
        BenchTable.title(result).startsWith("net.pt2 (package, 9 parameters; model=a b, force),"),
        BenchTable.title(result));
    assertEquals(
        "[\"model=a b\",\"force\"]",
        BenchJson.of(result).getAsJsonObject("model").get("package_options").toString());
  }
}
