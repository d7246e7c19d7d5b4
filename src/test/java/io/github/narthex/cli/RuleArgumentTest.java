package io.github.narthex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.narthex.compare.Metric;
import io.github.narthex.compare.Rule;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RuleArgumentTest {
  private static void assertRule(String text, Metric metric, boolean above, double limit) {
    Rule rule = RuleArgument.parse(text);
    assertEquals(Optional.empty(), rule.recipe());
    assertEquals(metric, rule.metric());
    assertEquals(above, rule.isAbove());
    assertEquals(limit, rule.limit(), 1e-9 * limit);
    assertEquals(text.contains("+") || text.contains("-"), rule.isRelative());
  }

  private static void assertRefused(String text, String why) {
    assertEquals(
        "bad rule '%s' of --fail-if: %s".formatted(text, why),
        assertThrows(UsageException.class, () -> RuleArgument.parse(text)).getMessage());
  }

  @Test
  void limitsOfTheChange() {
    assertRule("p99>+5%", Metric.P99, true, 1.05);
    assertRule("throughput<-3%", Metric.THROUGHPUT, false, 0.97);
    assertRule("p50>-10%", Metric.P50, true, 0.9);
    assertRule("max_rel > +12.5 %", Metric.MAX_REL, true, 1.125);
  }

  @Test
  void limitsOfTheFigure() {
    assertRule("p99>20ms", Metric.P99, true, 20);
    assertRule("p50>1.5s", Metric.P50, true, 1500);
    assertRule("p50>750us", Metric.P50, true, 0.75);
    assertRule("peak>1GB", Metric.PEAK, true, 1e9);
    assertRule("peak>1GiB", Metric.PEAK, true, 1073741824);
    assertRule("throughput<100/s", Metric.THROUGHPUT, false, 100);
    assertRule("max_rel>1%", Metric.MAX_REL, true, 0.01);
  }

  @Test
  void oneRecipe() {
    assertEquals(Optional.of("freeze"), RuleArgument.parse("freeze:p99>+5%").recipe());
    assertEquals(
        Optional.of("bf16-mixed:keep=fc+channels-last"),
        RuleArgument.parse("bf16-mixed:keep=fc+channels-last:peak>1GB").recipe());
    assertEquals(Optional.of("norecipe"), RuleArgument.parse("norecipe:peak>1GB").recipe());
  }

  @Test
  void mistakes() {
    String expected = "expected METRIC>LIMIT or METRIC<LIMIT, such as p99>+5% or p99>20ms";
    assertRefused("p99", expected);
    assertRefused("p99=5%", expected);
    assertRefused("p99>", expected);
    assertRefused("p99>+five%", expected);
    assertRefused(
        "p98>+5%",
        "unknown metric p98; did you mean p90?"
            + " (p50, p90, p95, p99, throughput, first, load, peak, max_rel)");
    assertRefused("p99>5%", "a limit of the change has a sign, such as p99>+5%");
    assertRefused("p99>+5", "a limit of the change is in per cent, such as p99>+5%");
    assertRefused("p99>+5ms", "a limit of the change is in per cent, such as p99>+5%");
    assertRefused(
        "p99>20",
        "a limit of p99 has a unit, such as p99>20ms, or is one of the change, such as p99>+5%");
    assertRefused(
        "peak>20ms",
        "a limit of peak has a unit, such as peak>1GB, or is one of the change, such as peak>+5%");
  }
}
