package io.github.narthex.optimize;

import io.github.narthex.bench.Accuracy;
import io.github.narthex.bench.Measurement;
import io.github.narthex.bench.Status;
import io.github.narthex.internal.text.Numbers;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whether a candidate's answers may stand in for the model's.
 *
 * @param maxError the largest error, as a fraction of the largest value; infinite where only labels
 *     or agreement count
 * @param minAgreement the smallest share of answers whose largest element is at the same place, and
 *     with labels how much of the share of right answers is kept; null to leave it
 */
record AccuracyGate(double maxError, @Nullable Double minAgreement) {
  /** Of n samples, one that differs must not be more than the budget allows. */
  static long samplesNeeded(double minAgreement) {
    return minAgreement >= 1 ? 1 : Math.round(Math.ceil(1 / (1 - minAgreement) - 1e-6));
  }

  /** Why the answers do not hold; empty if they do. */
  Optional<String> objection(Measurement candidate, Measurement baseline) {
    if (!candidate.status().measured()) {
      return Optional.of(candidate.status() + reason(candidate));
    }
    Accuracy accuracy = candidate.accuracy();
    if (accuracy == null) {
      return Optional.of("its answers were not compared" + reason(candidate));
    }
    if (candidate.status() == Status.INACCURATE) {
      return Optional.of(String.valueOf(candidate.reason()));
    }
    if (!accuracy.isWithin(maxError)) {
      return Optional.of(
          "off by %s of the largest value, the limit is %s"
              .formatted(Numbers.percent(accuracy.maxRel()), Numbers.percent(maxError)));
    }
    return minAgreement == null
        ? Optional.empty()
        : disagreement(accuracy, baseline.accuracy(), minAgreement);
  }

  private static Optional<String> disagreement(
      Accuracy accuracy, @Nullable Accuracy baseline, double least) {
    if (accuracy.top().isPresent() && baseline != null && baseline.top().isPresent()) {
      double before = baseline.top().get().top1();
      double now = accuracy.top().get().top1();
      return now >= before - (1 - least) - 1e-12
          ? Optional.empty()
          : Optional.of(
              "right in %s of the samples instead of %s"
                  .formatted(Numbers.percent(now), Numbers.percent(before)));
    }
    double agreement = accuracy.argmaxAgreement();
    if (Double.isNaN(agreement)) {
      return Optional.of("its outputs have no largest element to agree on");
    }
    return agreement >= least
        ? Optional.empty()
        : Optional.of(
            "agrees on %s of the samples, %s are asked for"
                .formatted(Numbers.percent(agreement), Numbers.percent(least)));
  }

  private static String reason(Measurement measurement) {
    return measurement.reason() == null ? "" : ": " + measurement.reason();
  }
}
