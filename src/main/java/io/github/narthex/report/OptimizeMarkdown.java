package io.github.narthex.report;

import io.github.narthex.optimize.OptimizeResult;

/** The result of a search as Markdown, for a comment on GitHub. */
public final class OptimizeMarkdown {
  private OptimizeMarkdown() {}

  /** The text, with a line end. */
  public static String of(OptimizeResult result) {
    return ReportMarkdown.of(OptimizeContent.of(result));
  }
}
