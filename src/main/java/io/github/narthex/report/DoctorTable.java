package io.github.narthex.report;

import io.github.narthex.doctor.Check;
import io.github.narthex.doctor.Diagnosis;
import io.github.narthex.doctor.Finding;
import io.github.narthex.doctor.Section;
import java.util.ArrayList;
import java.util.List;

/** A diagnosis as text: a line for each check, and what to do below it. */
public final class DoctorTable {
  private static final int WIDTH = 100;
  private static final int STATUS_WIDTH = "warning".length();
  private static final int LONGEST_NAME = 20;
  private static final String GAP = "  ";
  private static final String ADVICE = "-> ";

  private DoctorTable() {}

  /** The text, with a line end. */
  public static String text(Diagnosis diagnosis) {
    int nameWidth = 0;
    for (Section section : diagnosis.sections()) {
      for (Check check : section.checks()) {
        nameWidth = Math.max(nameWidth, Math.min(LONGEST_NAME, check.name().length()));
      }
    }
    List<String> lines = new ArrayList<>();
    for (Section section : diagnosis.sections()) {
      lines.add(section.title());
      for (Check check : section.checks()) {
        add(lines, check, nameWidth);
      }
    }
    lines.add("");
    lines.add(summary(diagnosis));
    return String.join("\n", lines) + "\n";
  }

  private static void add(List<String> lines, Check check, int nameWidth) {
    Finding finding = check.finding();
    String head =
        GAP
            + pad(finding.status().toString(), STATUS_WIDTH)
            + GAP
            + pad(check.name(), nameWidth)
            + GAP;
    int indent = GAP.length() + STATUS_WIDTH + GAP.length() + nameWidth + GAP.length();
    String start = head;
    if (head.length() > indent) { // a long name has a line of its own
      lines.add(head.stripTrailing());
      start = " ".repeat(indent);
    }
    for (String part : finding.found().split("\n", -1)) {
      lines.addAll(Wrap.labelled(start, part, WIDTH).lines().map(String::stripTrailing).toList());
      start = " ".repeat(indent);
    }
    if (!finding.advice().isEmpty()) {
      lines.addAll(
          Wrap.labelled(" ".repeat(indent) + ADVICE, finding.advice(), WIDTH).lines().toList());
    }
  }

  private static String pad(String text, int width) {
    return text + " ".repeat(Math.max(0, width - text.length()));
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
