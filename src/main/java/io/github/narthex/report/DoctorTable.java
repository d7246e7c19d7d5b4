package io.github.narthex.report;

import io.github.narthex.doctor.Diagnosis;
import io.github.narthex.doctor.Finding;

/** A diagnosis as text: a line for each check, and what to do below it. */
public final class DoctorTable {
  private static final int STATUS_WIDTH = "warning".length();

  private DoctorTable() {}

  /** The text, with a line end. */
  public static String text(Diagnosis diagnosis) {
    return lines(diagnosis).text(summary(diagnosis));
  }

  static StatusLines lines(Diagnosis diagnosis) {
    return new StatusLines(
        diagnosis.sections().stream()
            .flatMap(
                section ->
                    section.checks().stream()
                        .map(
                            check ->
                                new StatusLine(
                                    section.title(),
                                    check.name(),
                                    check.finding().status().toString(),
                                    check.finding().found(),
                                    check.finding().advice())))
            .toList(),
        STATUS_WIDTH);
  }

  private static String summary(Diagnosis diagnosis) {
    long errors = diagnosis.count(Finding.Status.ERROR);
    long warnings = diagnosis.count(Finding.Status.WARNING);
    return errors == 0 && warnings == 0
        ? "Nothing is wrong."
        : "%s, %s.".formatted(count(errors, "error"), count(warnings, "warning"));
  }

  private static String count(long number, String what) {
    return number + " " + what + (number == 1 ? "" : "s");
  }
}
