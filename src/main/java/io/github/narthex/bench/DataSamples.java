package io.github.narthex.bench;

import io.github.narthex.DType;
import io.github.narthex.InputException;
import io.github.narthex.Tensor;
import io.github.narthex.Value;
import io.github.narthex.io.InputSpec;
import io.github.narthex.io.ModelInputs;
import io.github.narthex.io.SampleDirectory;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The samples of a user's directory that answers are compared over: all, or as many as there is
 * time and room for.
 */
final class DataSamples {
  /** Beyond this, more samples tell little more. */
  static final int MAX_SAMPLES = 1_000;

  /** What the baseline's answers may take on disk. */
  static final long MAX_ANSWER_BYTES = 1L << 29;

  private final Path directory;
  private final SampleDirectory samples;
  private final int used;

  private DataSamples(Path directory, SampleDirectory samples, int used) {
    this.directory = directory;
    this.samples = samples;
    this.used = used;
  }

  /**
   * Opens a directory. If inputs are given too, they say what samples are; otherwise, what is known
   * of the model.
   *
   * @throws InputException if its files are not samples of that model
   */
  static DataSamples open(ModelSource source, Path directory, List<InputSpec> given) {
    SampleDirectory samples = directory(source, directory, given);
    return new DataSamples(directory, samples, Math.min(MAX_SAMPLES, samples.count()));
  }

  static SampleDirectory directory(ModelSource source, Path directory, List<InputSpec> given) {
    return given.isEmpty() && source.builtin().isEmpty()
        ? SampleDirectory.open(directory, source.model())
        : SampleDirectory.open(
            directory,
            source.model(),
            given.isEmpty() ? source.builtin().orElseThrow().inputs() : List.of());
  }

  /** The first sample, to take the time with. */
  ModelInputs first() {
    return samples.inputs(0);
  }

  /**
   * Checks that the samples can take the place of the inputs that a session is bound to.
   *
   * @throws InputException if they are of other shapes or dtypes, or of other numbers where the
   *     model takes numbers, which are fixed for a session
   */
  void checkAgainst(Map<String, Value> bound) {
    check(bound, 0);
    boolean hasNumbers = !bound.values().stream().allMatch(Value.OfTensor.class::isInstance);
    for (int i = 1; hasNumbers && i < used; i++) {
      check(bound, i);
    }
  }

  private void check(Map<String, Value> bound, int sample) {
    try (Arena arena = Arena.ofConfined()) {
      Map<String, Value> values = samples.sample(arena, index(sample));
      if (!values.keySet().equals(bound.keySet())) {
        throw new InputException(
            "the inputs are %s, the samples in %s have %s"
                .formatted(
                    String.join(", ", bound.keySet()),
                    directory,
                    String.join(", ", values.keySet())));
      }
      bound.forEach(
          (name, expected) -> {
            Value value = values.get(name);
            if (value == null || !fits(value, expected)) {
              throw new InputException(
                  "the sample %s in %s does not fit the input '%s': it is %s, expected %s"
                      .formatted(
                          samples.name(index(sample)),
                          directory,
                          name,
                          value == null ? "missing" : text(value),
                          text(expected)));
            }
          });
    }
  }

  private static boolean fits(Value value, Value expected) {
    if (value instanceof Value.OfTensor(Tensor tensor)
        && expected instanceof Value.OfTensor(Tensor bound)) {
      return tensor.shape().equals(bound.shape()) && tensor.dtype() == written(bound.dtype());
    }
    return value.equals(expected);
  }

  /** Files can't hold bfloat16. */
  private static DType written(DType dtype) {
    return dtype == DType.BFLOAT16 ? DType.FLOAT32 : dtype;
  }

  private static String text(Value value) {
    return switch (value) {
      case Value.OfTensor(Tensor tensor) -> tensor.shape() + ":" + tensor.dtype();
      case Value.OfInt(long number) -> Long.toString(number);
      case Value.OfDouble(double number) -> Double.toString(number);
      case Value.OfBool(boolean flag) -> Boolean.toString(flag);
      default -> value.toString();
    };
  }

  /**
   * As many samples as there is room for answers like this one.
   *
   * @param answer what the model returns for a sample
   * @throws InputException if there are labels, and the answer has no scores for them
   */
  DataSamples forAnswersLike(Value answer) {
    List<Tensor> outputs = answer.tensors();
    if (samples.isLabelled()) {
      checkLabels(outputs);
    }
    long bytes = Math.max(1, outputs.stream().mapToLong(Tensor::byteSize).sum());
    int room = Math.clamp(MAX_ANSWER_BYTES / bytes, 1, used);
    return new DataSamples(directory, samples, room);
  }

  private void checkLabels(List<Tensor> outputs) {
    Tensor scores = outputs.isEmpty() ? null : outputs.getFirst();
    long classes = scores == null || scores.shape().rank() == 0 ? 0 : lastDim(scores);
    if (scores == null
        || !scores.dtype().isFloatingPoint()
        || classes == 0
        || scores.shape().elementCount() != classes) {
      throw new InputException(
          "labels need a score for each class as the first output, for one item, such as 1x1000;"
              + " the model returns "
              + (scores == null ? "no tensor" : scores.shape() + ":" + scores.dtype()));
    }
    for (int i = 0; i < samples.count(); i++) {
      int label = samples.label(i).orElseThrow();
      if (label >= classes) {
        throw new InputException(
            "%s has the label %d, the model has scores for %d classes, from 0 to %d"
                .formatted(
                    directory.resolve(samples.name(i) + ".npy"), label, classes, classes - 1));
      }
    }
  }

  private static long lastDim(Tensor tensor) {
    return tensor.shape().dim(tensor.shape().rank() - 1);
  }

  /** Where a sample is in the directory: they are evenly spread, since files may be sorted. */
  private int index(int sample) {
    return (int) ((long) sample * samples.count() / used);
  }

  /** For each sample, its files in the order of forward's arguments. */
  List<List<String>> files() {
    return IntStream.range(0, used).mapToObj(i -> files(samples.inputs(index(i)))).toList();
  }

  private static List<String> files(ModelInputs inputs) {
    return inputs.specs().stream()
        .map(spec -> ((InputSpec.FromFile) spec).file().toAbsolutePath().toString())
        .toList();
  }

  /** For each sample its label; none if there are none. */
  List<Integer> labels() {
    return samples.isLabelled()
        ? IntStream.range(0, used).mapToObj(i -> samples.label(index(i)).orElseThrow()).toList()
        : List.of();
  }

  Workload.Data use() {
    return new Workload.Data(directory.toString(), samples.count(), used, samples.isLabelled());
  }
}
