package io.github.narthex.bench;

import io.github.narthex.Value;
import io.github.narthex.io.InputSpec;
import io.github.narthex.io.ModelInputs;
import io.github.narthex.io.Samples;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** What recipes that need samples are given: some of a user's, or what is made up. */
public final class CalibrationData {
  /** More samples change little, and take time. */
  static final int MAX_SAMPLES = 64;

  /** What is said where no samples were given. */
  public static final String MADE_UP =
      "calibrated with made-up inputs, which say little of real ones: give samples with --data";

  private CalibrationData() {}

  /**
   * Samples for a model.
   *
   * @param directory a user's samples, or null for none
   * @param seed of what is made up where there are none
   * @param given what a user said of the inputs
   * @throws io.github.narthex.InputException if the samples do not fit the model
   */
  public static Samples of(
      ModelSource source, @Nullable String directory, long seed, List<InputSpec> given) {
    if (directory == null) {
      ModelInputs inputs = source.inputs(given, 0, seed);
      return inputs.samples(inputs.isVaried() ? BenchTask.ACCURACY_INPUTS : 1);
    }
    Samples all = DataSamples.directory(source, Path.of(directory), given);
    List<Integer> chosen = spread(all.count());
    return new Samples() {
      @Override
      public int count() {
        return chosen.size();
      }

      @Override
      public SequencedMap<String, Value> sample(Arena arena, int index) {
        return all.sample(arena, chosen.get(index));
      }
    };
  }

  /** Those of some samples that a recipe learns from; none if it has no use for samples. */
  static <T> List<T> among(List<T> samples, boolean usesSamples) {
    return usesSamples ? spread(samples.size()).stream().map(samples::get).toList() : List.of();
  }

  /** Numbers of samples evenly spread over all, since files may be sorted. */
  static List<Integer> spread(int count) {
    int used = Math.min(count, MAX_SAMPLES);
    return IntStream.range(0, used).mapToObj(i -> (int) ((long) i * count / used)).toList();
  }
}
