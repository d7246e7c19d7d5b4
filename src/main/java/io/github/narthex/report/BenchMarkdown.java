package io.github.narthex.report;

import io.github.narthex.bench.BenchResult;
import io.github.narthex.bench.SweepResult;

/** The result of a benchmark as Markdown, for a comment on GitHub. */
public final class BenchMarkdown {
  private BenchMarkdown() {}

  /** The text, with a line end. */
  public static String of(BenchResult result) {
    return ReportMarkdown.of(BenchContent.of(result));
  }

  /** The same of several batches or threads. */
  public static String of(SweepResult result) {
    return ReportMarkdown.of(BenchContent.of(result));
  }
}
