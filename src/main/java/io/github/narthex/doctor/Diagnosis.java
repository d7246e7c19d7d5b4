package io.github.narthex.doctor;

import java.util.List;

/** All that was looked at. */
public record Diagnosis(List<Section> sections) {
  /** The list is copied. */
  public Diagnosis {
    sections = List.copyOf(sections);
  }

  /** How many checks came to that. */
  public long count(Finding.Status status) {
    return sections.stream()
        .flatMap(section -> section.checks().stream())
        .filter(check -> check.finding().status() == status)
        .count();
  }

  /** The worst that any check came to. */
  public Finding.Status worst() {
    if (count(Finding.Status.ERROR) > 0) {
      return Finding.Status.ERROR;
    }
    return count(Finding.Status.WARNING) > 0 ? Finding.Status.WARNING : Finding.Status.OK;
  }
}
