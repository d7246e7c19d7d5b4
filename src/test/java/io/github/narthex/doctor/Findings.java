package io.github.narthex.doctor;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Looks at the findings of a section. */
final class Findings {
  private Findings() {}

  static Finding of(Section section, String name) {
    return section.checks().stream()
        .filter(check -> check.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + name + " in " + section))
        .finding();
  }

  static void assertOk(Section section, String name, String found) {
    Finding finding = of(section, name);
    assertAll(
        () -> assertEquals(Finding.Status.OK, finding.status(), finding.toString()),
        () -> assertEquals(found, finding.found()));
  }

  /** A warning says what is there, and what to do. */
  static void assertWarning(Section section, String name, String found, String adviceHas) {
    assertBad(Finding.Status.WARNING, section, name, found, adviceHas);
  }

  static void assertError(Section section, String name, String found, String adviceHas) {
    assertBad(Finding.Status.ERROR, section, name, found, adviceHas);
  }

  private static void assertBad(
      Finding.Status status, Section section, String name, String found, String adviceHas) {
    Finding finding = of(section, name);
    assertAll(
        () -> assertEquals(status, finding.status(), finding.toString()),
        () -> assertEquals(found, finding.found()),
        () -> assertTrue(finding.advice().contains(adviceHas), finding.advice()));
  }
}
