package io.github.narthex.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Pages of all kinds, to be looked at: {@code main} writes them into a directory. */
final class ReportPages {
  static final String HOSTILE =
      "</script><script>document.title='x'</script><img src=x onerror=y>&'\"";

  private ReportPages() {}

  static Map<String, String> all() {
    Map<String, String> pages = new LinkedHashMap<>();
    pages.put("bench", BenchHtml.of(Examples.result()));
    pages.put("sweep", BenchHtml.of(SweepReportTest.result()));
    pages.put("optimize", OptimizeHtml.of(OptimizeExamples.result()));
    pages.put("large", OptimizeHtml.of(OptimizeExamples.large(60)));
    pages.put("nothing", OptimizeHtml.of(OptimizeExamples.nothing()));
    pages.put("hostile", OptimizeHtml.of(OptimizeExamples.result(HOSTILE, HOSTILE)));
    return pages;
  }

  /** Writes them into the directory that is given. */
  public static void main(String[] arguments) throws IOException {
    Path directory = Path.of(arguments[0]);
    for (Map.Entry<String, String> page : all().entrySet()) {
      Files.writeString(directory.resolve(page.getKey() + ".html"), page.getValue());
    }
    Files.writeString(
        directory.resolve("optimize.md"), OptimizeMarkdown.of(OptimizeExamples.result()));
    Files.writeString(
        directory.resolve("hostile.md"),
        OptimizeMarkdown.of(OptimizeExamples.result(HOSTILE, HOSTILE)));
    Files.writeString(
        directory.resolve("optimize.txt"), OptimizeTable.of(OptimizeExamples.result()));
  }
}
