package io.github.narthex.report;

import io.github.narthex.bench.BenchResult;
import io.github.narthex.bench.SweepResult;

/** The result of a benchmark as one file of HTML that needs no network. */
public final class BenchHtml {
  private BenchHtml() {}

  /** The document, to be written in UTF-8. */
  public static String of(BenchResult result) {
    return ReportPage.of(BenchContent.of(result));
  }

  /** The same of several batches or threads. */
  public static String of(SweepResult result) {
    return ReportPage.of(BenchContent.of(result));
  }
}
