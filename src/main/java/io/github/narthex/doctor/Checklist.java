package io.github.narthex.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** A section that is being filled. A check that fails is a line like the others. */
final class Checklist {
  private final String title;
  private final List<Check> checks = new ArrayList<>();

  Checklist(String title) {
    this.title = title;
  }

  Checklist add(String name, Supplier<Finding> look) {
    Finding finding;
    try {
      finding = look.get();
    } catch (RuntimeException e) {
      finding =
          Finding.warning(
              "could not be found out: " + e,
              "nothing: this is a mistake in Narthex, and the other lines hold");
    }
    checks.add(new Check(name, finding));
    return this;
  }

  Section section() {
    return new Section(title, checks);
  }
}
