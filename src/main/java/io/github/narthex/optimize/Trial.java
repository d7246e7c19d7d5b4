package io.github.narthex.optimize;

import io.github.narthex.bench.Candidate;
import io.github.narthex.bench.Measured;
import io.github.narthex.bench.Measurement;
import io.github.narthex.bench.OperatorShare;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What came of one candidate.
 *
 * @param measurement of one instance's latency and of all instances' throughput; the speed-up is
 *     against the baseline, by the goal's measure
 * @param fileBytes the size of the model's file with the recipe applied; null if it was not written
 * @param operators where its time goes, the most first; empty if it was not profiled
 * @param outcome why it went no further, or that it was chosen, in a few words
 * @param isFront whether no other trial whose answers hold is better in one of latency, throughput,
 *     peak memory and file size and as good in the others
 */
public record Trial(
    Candidate candidate,
    Measurement measurement,
    @Nullable Long fileBytes,
    List<OperatorShare> operators,
    String outcome,
    boolean isFront)
    implements Measured {
  /** The list is copied. */
  public Trial {
    operators = List.copyOf(operators);
  }

  /** The same with where its time goes. */
  Trial with(List<OperatorShare> shares) {
    return new Trial(candidate, measurement, fileBytes, shares, outcome, isFront);
  }
}
