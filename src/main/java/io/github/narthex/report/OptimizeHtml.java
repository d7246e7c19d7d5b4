package io.github.narthex.report;

import io.github.narthex.optimize.OptimizeResult;

/** The result of a search as one file of HTML that needs no network. */
public final class OptimizeHtml {
  private OptimizeHtml() {}

  /** The document, to be written in UTF-8. */
  public static String of(OptimizeResult result) {
    return ReportPage.of(OptimizeContent.of(result));
  }
}
