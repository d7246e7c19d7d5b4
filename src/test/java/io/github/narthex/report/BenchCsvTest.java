package io.github.narthex.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class BenchCsvTest {
  private final List<String> lines = BenchCsv.of(Examples.result()).lines().toList();

  @Test
  void oneLineForEachRecipe() {
    assertEquals(7, lines.size());
    assertTrue(lines.getFirst().startsWith("recipe,batch,threads,device,status,reason,min_ms,"));
    assertTrue(
        lines.get(3).startsWith("onednn-graph+bf16+channels-last,1,2,cpu,ok,,4.500,6.000,5.500,"),
        lines.get(3));
  }

  @Test
  void textWithACommaIsQuoted() {
    assertTrue(
        lines.get(4).contains(",\"off by 5.1 % of the largest value, the limit is 2 %\","),
        lines.get(4));
  }

  @Test
  void labelsAreTheLastTwoCells() {
    assertTrue(
        lines.getFirst().endsWith(",peak_rss_bytes,peak_device_bytes,top1,top5"), lines.getFirst());
    assertTrue(lines.get(1).endsWith(",412000000,,,"), lines.get(1));
    List<String> labelled = BenchCsv.of(Examples.labelled(Double.NaN)).lines().toList();
    assertTrue(labelled.get(1).endsWith(",412000000,,0.762,"), labelled.get(1));
    assertEquals(commas(labelled.getFirst()), commas(labelled.get(5)));
  }

  @Test
  void rowsThatWereNotMeasuredHaveEmptyCells() {
    String header = lines.getFirst();
    String fallen = lines.get(5);
    assertTrue(
        fallen.startsWith(
            "optimize-for-inference,1,2,cpu,crashed,SIGSEGV in libtorch_cpu.so+0x4d1e10,,,"),
        fallen);
    assertEquals(commas(header), commas(fallen));
    assertEquals(commas(header), commas(lines.get(1)));
  }

  private static long commas(String line) {
    return line.chars().filter(c -> c == ',').count();
  }
}
