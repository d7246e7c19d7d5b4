package io.github.narthex.bench;

import java.util.List;
import java.util.Optional;

/**
 * How far a candidate's outputs are from the reference's. A figure that is not defined is NaN; one
 * that has no bound is infinite. Neither is a number in JSON: both are null there.
 *
 * @param maxAbs the largest absolute error of an element
 * @param maxRel that, over the largest absolute value of the reference
 * @param meanAbs the mean absolute error of the elements
 * @param cosine the cosine between candidate and reference, the smallest of the inputs
 * @param argmaxAgreement the share of the rows whose largest element is at the same place; for N x
 *     C x H x W a row is a place of the image, otherwise the last dimension. NaN for outputs that
 *     are not floating-point, and for rows of one element
 * @param signalError the rms of the error over the rms of how much the reference's outputs for two
 *     different inputs differ. NaN with fewer than two inputs, or if shapes change with the input
 * @param inputs over how many inputs this was taken
 * @param mismatch why outputs can't be compared at all: another number of outputs, shape or dtype,
 *     or a NaN or infinity where the reference has none. The figures are NaN then
 * @param top how often the candidate is right, where there are labels
 * @param outputs the same of each output alone, in order, where there are several; of each figure
 *     above, the worst
 */
public record Accuracy(
    double maxAbs,
    double maxRel,
    double meanAbs,
    double cosine,
    double argmaxAgreement,
    double signalError,
    int inputs,
    Optional<String> mismatch,
    Optional<TopAccuracy> top,
    List<Accuracy> outputs) {
  /** The list is copied. */
  public Accuracy {
    outputs = List.copyOf(outputs);
  }

  /** Of one output, without labels. */
  public Accuracy(
      double maxAbs,
      double maxRel,
      double meanAbs,
      double cosine,
      double argmaxAgreement,
      double signalError,
      int inputs,
      Optional<String> mismatch) {
    this(
        maxAbs,
        maxRel,
        meanAbs,
        cosine,
        argmaxAgreement,
        signalError,
        inputs,
        mismatch,
        Optional.empty(),
        List.of());
  }

  /** Of outputs that can't be compared. */
  static Accuracy mismatched(int inputs, String mismatch) {
    double nan = Double.NaN;
    return new Accuracy(nan, nan, nan, nan, nan, nan, inputs, Optional.of(mismatch));
  }

  /** The same with what labels say. */
  Accuracy withTop(TopAccuracy accuracy) {
    return new Accuracy(
        maxAbs,
        maxRel,
        meanAbs,
        cosine,
        argmaxAgreement,
        signalError,
        inputs,
        mismatch,
        Optional.of(accuracy),
        outputs);
  }

  /** Of each figure the worst that one of the outputs has. */
  static Accuracy worst(List<Accuracy> outputs) {
    Accuracy worst = outputs.stream().reduce(Accuracy::worse).orElseThrow();
    return outputs.size() == 1
        ? worst
        : new Accuracy(
            worst.maxAbs,
            worst.maxRel,
            worst.meanAbs,
            worst.cosine,
            worst.argmaxAgreement,
            worst.signalError,
            worst.inputs,
            worst.mismatch,
            worst.top,
            outputs);
  }

  private static Accuracy worse(Accuracy a, Accuracy b) {
    if (a.mismatch.isPresent() || b.mismatch.isPresent()) {
      return a.mismatch.isPresent() ? a : b;
    }
    return new Accuracy(
        larger(a.maxAbs, b.maxAbs),
        larger(a.maxRel, b.maxRel),
        larger(a.meanAbs, b.meanAbs),
        smaller(a.cosine, b.cosine),
        smaller(a.argmaxAgreement, b.argmaxAgreement),
        larger(a.signalError, b.signalError),
        a.inputs,
        Optional.empty());
  }

  private static double larger(double a, double b) {
    return Double.isNaN(a) ? b : Double.isNaN(b) ? a : Math.max(a, b);
  }

  private static double smaller(double a, double b) {
    return Double.isNaN(a) ? b : Double.isNaN(b) ? a : Math.min(a, b);
  }

  /**
   * Whether the candidate may stand in for the reference.
   *
   * @param maxError the largest {@link #maxRel} that is accepted, for example 0.02
   */
  public boolean isWithin(double maxError) {
    return mismatch.isEmpty() && maxRel <= maxError;
  }
}
