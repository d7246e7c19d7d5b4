package io.github.narthex.bench;

import java.util.List;

/**
 * Whether two models agree, and how fast they are beside each other.
 *
 * @param environment the machine and the software
 * @param task what was asked for
 * @param inputs for people
 * @param accuracy of the candidate, against the reference
 * @param referenceLatency of the reference's forwards
 * @param candidateLatency of the candidate's forwards, in turns with those
 * @param speedUp how many times faster the candidate is
 */
public record VerifyResult(
    Environment environment,
    VerifyTask task,
    ModelInfo reference,
    ModelInfo candidate,
    List<String> inputs,
    Accuracy accuracy,
    Latency referenceLatency,
    Latency candidateLatency,
    SpeedUp speedUp) {
  /** The list is copied. */
  public VerifyResult {
    inputs = List.copyOf(inputs);
  }

  /** Whether answers can be compared, and the largest error is within the limit. */
  public boolean agrees() {
    return accuracy.mismatch().isEmpty() && accuracy.maxRel() <= task.maxError();
  }
}
