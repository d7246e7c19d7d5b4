package io.github.narthex.bench;

import java.util.Optional;

/** Accuracies for tests. */
final class Answers {
  private Answers() {}

  static Accuracy withError(double maxRel) {
    return new Accuracy(maxRel, maxRel, maxRel, 1 - maxRel, 1, maxRel, 16, Optional.empty());
  }
}
