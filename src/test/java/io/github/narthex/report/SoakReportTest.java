package io.github.narthex.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.github.narthex.HandleSite;
import io.github.narthex.bench.Environment;
import io.github.narthex.bench.Interval;
import io.github.narthex.load.Distribution;
import io.github.narthex.soak.Growth;
import io.github.narthex.soak.Growth.Finding;
import io.github.narthex.soak.GrowthLimits;
import io.github.narthex.soak.Metric;
import io.github.narthex.soak.Slope;
import io.github.narthex.soak.SoakPlan;
import io.github.narthex.soak.SoakResult;
import io.github.narthex.soak.SoakSetting;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class SoakReportTest {
  private static final SoakSetting SETTING =
      new SoakSetting(
          new Environment(
              "2026-11-02T03:04:05Z",
              "0.1.0",
              "2.15.0",
              "JVM",
              "Debian",
              "Processor",
              List.of("avx2"),
              2,
              2,
              2,
              null,
              8_000_000_000L,
              List.of(),
              null,
              null),
          "resnet18",
          List.of(),
          List.of("1x3x224x224"),
          "freeze",
          1);

  private static final HandleSite SITE =
      new HandleSite(
          "tensor",
          321,
          List.of(
              new StackTraceElement("io.github.narthex.Tensor", "of", "Tensor.java", 12),
              new StackTraceElement("shop.Main", "main", "Main.java", 34)));

  private static Growth growth(Metric metric, Finding finding, double from, double to, double h) {
    Slope slope = new Slope(h, new Interval(0.9 * h, 1.1 * h), 1.5);
    return new Growth(metric, finding, from, from, to, slope, 10);
  }

  private static SoakResult result(Finding handles, long errors) {
    return new SoakResult(
        SoakPlan.of(Duration.ofMinutes(10), 4, GrowthLimits.STANDARD),
        List.of(),
        30,
        List.of(
            growth(Metric.RSS, Finding.FLAT, 412e6, 413e6, 1.5e6),
            growth(Metric.HEAP, Finding.FLAT, 5e6, 5e6, 0),
            growth(Metric.HANDLES, handles, 9, 330, 2568),
            growth(Metric.P50, Finding.FLAT, 12, 12.1, -0.06),
            new Growth(Metric.P99, Finding.UNKNOWN, Double.NaN, Double.NaN, Double.NaN, null, 0)),
        Distribution.NONE,
        errors,
        errors == 0 ? null : "broken",
        600,
        0.2,
        true);
  }

  @Test
  void table() {
    String text = SoakTable.of(SETTING, result(Finding.GROWS, 3), List.of(SITE));
    List<String> lines = text.lines().toList();
    assertEquals("resnet18, input 1x3x224x224, freeze, 4 callers, 1 thread a call", lines.get(0));
    assertTrue(text.contains("412.0 MB"), text);
    assertTrue(text.contains("[+2311, +2825]"), text);
    assertTrue(text.contains("-0.5"), text);
    assertTrue(text.contains("note: interrupted before its time"), text);
    assertTrue(text.contains("note: 3 calls failed, the first with: broken"), text);
    assertTrue(text.contains("note: others took 20.0 % of the processors' time"), text);
    assertTrue(text.contains("  321 x tensor\n      at io.github.narthex.Tensor.of"), text);
    assertTrue(text.contains("at shop.Main.main(Main.java:34)"), text);
    assertTrue(
        text.contains("Grows: live handles by +2568 /h (95 % sure: [+2311, +2825]; limit 10 /h)."),
        text);
    lines.forEach(line -> assertTrue(line.length() <= 120, line));
  }

  @Test
  void verdicts() {
    assertTrue(
        SoakVerdict.sentence(result(Finding.UNSTEADY, 0))
            .equals("No growth beyond the limits; live handles rose, but not steadily."));
    assertTrue(SoakVerdict.sentence(result(Finding.FLAT, 1)).contains("calls failed"));
    assertTrue(SoakVerdict.sentence(result(Finding.UNKNOWN, 0)).startsWith("Too short to tell"));
  }

  @Test
  void json() {
    JsonObject document = SoakJson.of(SETTING, result(Finding.GROWS, 0), List.of(SITE));
    assertEquals("narthex.soak/1", document.get("schema").getAsString());
    assertEquals("grows", document.get("verdict").getAsString());
    assertTrue(document.get("first_error").isJsonNull());
    JsonObject handles = document.getAsJsonArray("growth").get(2).getAsJsonObject();
    assertEquals("handles", handles.get("metric").getAsString());
    assertEquals(2568, handles.get("per_hour").getAsDouble());
    JsonObject tail = document.getAsJsonArray("growth").get(4).getAsJsonObject();
    assertTrue(tail.get("per_hour_ci").isJsonNull() && tail.get("level").isJsonNull());
    JsonObject site = document.getAsJsonArray("sites").get(0).getAsJsonObject();
    assertEquals(321, site.get("count").getAsLong());
    assertEquals(
        "shop.Main.main(Main.java:34)", site.getAsJsonArray("frames").get(1).getAsString());
  }
}
