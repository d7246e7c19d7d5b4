package io.github.narthex.bench;

import io.github.narthex.io.NpyArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Compares a candidate's outputs with the reference's, input by input. Keeps nothing of what it is
 * given but sums, and the mean of the reference's outputs. For one thread.
 *
 * <p>Where the reference has a NaN or an infinity, the candidate must have the same; such elements
 * count as right and enter no sum.
 */
public final class AccuracyMeter {
  private final List<OutputMeter> outputs = new ArrayList<>();
  private int inputs;
  private Optional<String> mismatch = Optional.empty();

  /** A meter that has seen nothing. */
  public AccuracyMeter() {}

  /**
   * Adds what both made of one more input; all of their outputs, in order. The memory is read
   * during the call only.
   */
  public void add(List<NpyArray> reference, List<NpyArray> candidate) {
    inputs++;
    if (mismatch.isPresent()) {
      return;
    }
    if (inputs > 1 && reference.size() != outputs.size()) {
      mismatch =
          Optional.of(
              "the reference has %s for input %d, and %d before"
                  .formatted(outputs(reference.size()), inputs - 1, outputs.size()));
    } else if (reference.size() != candidate.size()) {
      mismatch =
          Optional.of(
              "%s for input %d, the reference has %d"
                  .formatted(outputs(candidate.size()), inputs - 1, reference.size()));
    } else {
      for (int i = 0; i < reference.size(); i++) {
        if (inputs == 1) {
          outputs.add(new OutputMeter(i));
        }
        outputs.get(i).add(reference.get(i), candidate.get(i));
      }
    }
  }

  private static String outputs(int count) {
    return count == 1 ? "1 output" : count + " outputs";
  }

  /**
   * The worst of all outputs, figure by figure.
   *
   * @throws IllegalStateException if nothing was added, or the reference has no output
   */
  public Accuracy worst() {
    if (mismatch.isPresent()) {
      return Accuracy.mismatched(inputs, mismatch.get());
    }
    if (outputs.isEmpty()) {
      throw new IllegalStateException("there is no output to compare");
    }
    return Accuracy.worst(outputs());
  }

  /** Each output's own figures, in order; none if the numbers of outputs differ. */
  public List<Accuracy> outputs() {
    return mismatch.isPresent()
        ? List.of()
        : outputs.stream().map(output -> output.accuracy(inputs)).toList();
  }
}
