package io.github.narthex.io;

import io.github.narthex.DType;
import io.github.narthex.DeviceMemoryException;
import io.github.narthex.InputException;
import io.github.narthex.Method;
import io.github.narthex.Model;
import io.github.narthex.Shape;
import io.github.narthex.Tensor;
import io.github.narthex.Value;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/**
 * Samples in files: a directory with one {@code .npy} file for each; of a model with several
 * inputs, a sub-directory for each of them, named as forward's argument, with the same file names
 * in each. {@code labels.csv} in the directory, if there is one, has lines of a file's name and the
 * number of its class. Hidden files are ignored, others are refused.
 *
 * <p>A sample is a whole input of the model, with its batch dimension: 1 x 3 x 224 x 224, not 3 x
 * 224 x 224. All samples have the same shapes and dtypes. They are in the order of their names.
 *
 * <p>All of this is checked when the directory is opened, by the headers of the files; elements are
 * read sample by sample. Immutable, for any thread, and independent of the model's arena.
 */
public final class SampleDirectory implements Samples {
  private final Method forward;
  private final List<String> names;
  private final List<Integer> labels;
  private final List<Input> inputs;

  /** An input, with its folder and what all its files hold. */
  private record Input(Optional<String> name, Path folder, DType dtype, Shape shape) {
    String text() {
      return shape + ":" + dtype;
    }
  }

  private SampleDirectory(
      Method forward, List<String> names, List<Integer> labels, List<Input> inputs) {
    this.forward = forward;
    this.names = names;
    this.labels = labels;
    this.inputs = inputs;
  }

  /**
   * Opens a directory for a model. Samples that lack the batch dimension are refused, where the
   * model's weights tell how many dimensions there should be.
   *
   * @throws InputException if the directory or one of its files is not there, can't be read, is
   *     damaged, or is none that belongs to samples
   * @throws InputException if the samples do not fit what forward takes, or differ among each other
   *     in shape or dtype
   * @throws InputException if {@code labels.csv} does not have one label for each sample
   * @throws IllegalArgumentException if the model has no forward
   */
  public static SampleDirectory open(Path directory, Model model) {
    Method forward = ModelInputs.forward(model);
    SampleDirectory samples = open(directory, forward);
    if (InputGuess.of(model) instanceof InputGuess.Known(var specs, var _)) {
      ModelInputs.of(forward, List.copyOf(specs), 0)
          .byArgument()
          .forEach((argument, spec) -> samples.checkBatch(argument, (InputSpec.Generated) spec));
    }
    return samples;
  }

  /**
   * Opens a directory for a model whose inputs are known.
   *
   * @param expected what the inputs are, by name or in the order of forward's arguments; the sizes
   *     of dimensions may be others. Of arguments that are not there, nothing is expected
   * @throws InputException as {@link #open(Path, Model)} does, and if the number of dimensions or
   *     the dtype is not as expected
   * @throws IllegalArgumentException if the model has no forward, or what is expected does not fit
   *     it
   */
  public static SampleDirectory open(
      Path directory, Model model, List<InputSpec.Generated> expected) {
    Method forward = ModelInputs.forward(model);
    SampleDirectory samples = open(directory, forward);
    if (!expected.isEmpty()) {
      ModelInputs.of(forward, List.copyOf(expected), 0)
          .byArgument()
          .forEach((argument, spec) -> samples.check(argument, (InputSpec.Generated) spec));
    }
    return samples;
  }

  static SampleDirectory open(Path directory, Method forward) {
    SampleFolders folders = SampleFolders.of(directory);
    List<String> names = folders.names();
    List<Input> inputs = new ArrayList<>();
    if (folders.byInput().isEmpty()) {
      inputs.add(input(Optional.empty(), directory, names));
    }
    folders
        .byInput()
        .forEach((name, folder) -> inputs.add(input(Optional.of(name), folder, names)));
    List<Integer> labels =
        folders.isLabelled()
            ? SampleLabels.read(directory.resolve(SampleFolders.LABELS), names)
            : List.of();
    SampleDirectory samples = new SampleDirectory(forward, names, labels, List.copyOf(inputs));
    samples.checkArguments(directory);
    return samples;
  }

  private static Input input(Optional<String> name, Path folder, List<String> names) {
    Path first = SampleFolders.file(folder, names.getFirst());
    NpyHeader header = Npy.header(first);
    Input input = new Input(name, folder, header.dtype(), header.shape());
    for (String sample : names.subList(1, names.size())) {
      Path file = SampleFolders.file(folder, sample);
      NpyHeader other = Npy.header(file);
      if (other.dtype() != input.dtype() || !other.shape().equals(input.shape())) {
        throw new InputException(
            "samples must have the same shape and dtype: %s is %s, %s is %s:%s"
                .formatted(first, input.text(), file, other.shape(), other.dtype()));
      }
    }
    return input;
  }

  /** That forward takes what is there, and numbers where it takes numbers. */
  private void checkArguments(Path directory) {
    try (Arena arena = Arena.ofConfined()) {
      var _ = inputs(0).sample(arena, 0);
    } catch (IllegalArgumentException e) {
      boolean isFlat = inputs.getFirst().name().isEmpty();
      throw new InputException(
          "the samples in %s do not fit the model: %s%s"
              .formatted(
                  directory,
                  e.getMessage(),
                  isFlat ? "; several inputs have a sub-directory each, of their names" : ""),
          "",
          e);
    }
  }

  private void checkBatch(String argument, InputSpec.Generated expected) {
    Input input = byArgument().get(argument);
    if (input != null && input.shape().rank() == expected.shape().rank() - 1) {
      throw new InputException(
          "%s is %s, the model takes %d dimensions, such as %s: a sample has its batch dimension, of 1"
              .formatted(
                  SampleFolders.file(input.folder(), names.getFirst()),
                  input.shape(),
                  expected.shape().rank(),
                  expected.shape()));
    }
  }

  private void check(String argument, InputSpec.Generated expected) {
    checkBatch(argument, expected);
    Input input = byArgument().get(argument);
    // Files can't hold bfloat16; float32 holds each of its values.
    DType written = expected.dtype() == DType.BFLOAT16 ? DType.FLOAT32 : expected.dtype();
    if (input != null
        && (input.shape().rank() != expected.shape().rank() || input.dtype() != written)) {
      throw new InputException(
          "%s is %s, expected %d dimensions of %s, such as %s"
              .formatted(
                  SampleFolders.file(input.folder(), names.getFirst()),
                  input.text(),
                  expected.shape().rank(),
                  written,
                  expected.shape()));
    }
  }

  /** The inputs by forward's arguments, in their order. */
  private SequencedMap<String, Input> byArgument() {
    SequencedMap<String, Input> byArgument = new LinkedHashMap<>();
    Map<Optional<String>, Input> byName =
        inputs.stream().collect(Collectors.toMap(Input::name, input -> input));
    inputs(0)
        .byArgument()
        .forEach(
            (argument, spec) ->
                byArgument.put(argument, Objects.requireNonNull(byName.get(spec.name()))));
    return byArgument;
  }

  @Override
  public int count() {
    return names.size();
  }

  /** The names of all samples: those of their files without {@code .npy}, sorted. */
  public List<String> names() {
    return names;
  }

  @Override
  public String name(int index) {
    return names.get(index);
  }

  /** Whether the samples have labels. */
  public boolean isLabelled() {
    return !labels.isEmpty();
  }

  @Override
  public OptionalInt label(int index) {
    Objects.checkIndex(index, count());
    return isLabelled() ? OptionalInt.of(labels.get(index)) : OptionalInt.empty();
  }

  /**
   * A sample's files as descriptions of the model's inputs.
   *
   * @throws IndexOutOfBoundsException if there is no such sample
   */
  public ModelInputs inputs(int index) {
    String name = names.get(index);
    List<InputSpec> specs = new ArrayList<>();
    for (Input input : inputs) {
      specs.add(new InputSpec.FromFile(input.name(), SampleFolders.file(input.folder(), name)));
    }
    return ModelInputs.of(forward, specs, 0);
  }

  /**
   * Reads a sample.
   *
   * @param arena owns the tensors and the memory that they are over, 64-byte aligned
   * @throws IndexOutOfBoundsException if there is no such sample
   * @throws InputException if a file can't be read, or holds something else than when the directory
   *     was opened
   * @throws DeviceMemoryException if memory is exhausted
   */
  @Override
  public SequencedMap<String, Value> sample(Arena arena, int index) {
    SequencedMap<String, Value> values = inputs(index).sample(arena, 0);
    byArgument()
        .forEach(
            (argument, input) -> {
              if (values.get(argument) instanceof Value.OfTensor(Tensor tensor)
                  && (tensor.dtype() != input.dtype() || !tensor.shape().equals(input.shape()))) {
                throw new InputException(
                    "%s was %s, and is %s:%s now"
                        .formatted(
                            SampleFolders.file(input.folder(), name(index)),
                            input.text(),
                            tensor.shape(),
                            tensor.dtype()));
              }
            });
    return values;
  }

  /**
   * Writes samples, so that {@link #open(Path, Model)} finds them: files in the directory itself if
   * there is one input, otherwise a sub-directory for each; and their labels, if they have any. The
   * directory is there when all are written, or not at all.
   *
   * @param directory is made; it may be there if it is empty
   * @throws IllegalArgumentException if there are no samples; if names repeat or can't be those of
   *     files; if only some samples have labels; or if an input is no tensor, number or boolean
   * @throws java.io.UncheckedIOException if the directory can't be written, or is not empty
   */
  public static void write(Path directory, Samples samples) {
    SampleWriter.write(directory, samples);
  }
}
