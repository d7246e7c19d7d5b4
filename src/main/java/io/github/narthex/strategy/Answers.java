package io.github.narthex.strategy;

import io.github.narthex.DType;
import io.github.narthex.Model;
import io.github.narthex.Tensor;
import io.github.narthex.Value;
import io.github.narthex.io.Samples;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/** What a model answers to samples, and how far off others are. */
final class Answers {
  private final Arena arena;
  private final Samples samples;
  private final boolean areKept;
  private final List<List<Tensor>> expected = new ArrayList<>();

  /**
   * No answers yet.
   *
   * @param arena keeps what is expected
   * @param areKept whether what is expected is wanted at all
   */
  Answers(Arena arena, Samples samples, boolean areKept) {
    this.arena = arena;
    this.samples = samples;
    this.areKept = areKept;
  }

  /** Runs the model that is right on the next sample. */
  void expect(Model model, int sample) {
    try (Arena reading = Arena.ofConfined()) {
      Arena results = areKept ? arena : reading;
      Value answer = model.call(results, "forward", List.of(), samples.sample(reading, sample));
      if (areKept) {
        expected.add(answer.tensors());
      }
    }
  }

  /**
   * The largest difference of an element, as a fraction of the largest element of its output; over
   * the first samples the largest. Infinite where one answer has NaN and the other has not.
   */
  double error(Model model, int count) {
    double error = 0;
    for (int i = 0; i < count; i++) {
      try (Arena scratch = Arena.ofConfined()) {
        List<Tensor> actual =
            model.call(scratch, "forward", List.of(), samples.sample(scratch, i)).tensors();
        for (int j = 0; j < actual.size(); j++) {
          error = Math.max(error, error(expected.get(i).get(j), actual.get(j)));
        }
      }
    }
    return error;
  }

  /** How many answers are expected. */
  int count() {
    return expected.size();
  }

  private static double error(Tensor expected, Tensor actual) {
    if (!expected.dtype().isFloatingPoint()) {
      return 0;
    }
    float[] reference = numbers(expected);
    float[] other = numbers(actual);
    double difference = 0;
    double scale = 0;
    for (int i = 0; i < reference.length; i++) {
      if (Float.isFinite(reference[i])) {
        double here = Math.abs((double) reference[i] - other[i]);
        difference = Math.max(difference, Double.isNaN(here) ? Double.POSITIVE_INFINITY : here);
        scale = Math.max(scale, Math.abs(reference[i]));
      }
    }
    return difference == 0 ? 0 : difference / scale;
  }

  private static float[] numbers(Tensor tensor) {
    return (tensor.dtype() == DType.FLOAT32 ? tensor : tensor.to(DType.FLOAT32)).toFloatArray();
  }
}
