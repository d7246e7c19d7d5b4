package io.github.narthex.models;

import io.github.narthex.DType;
import io.github.narthex.Model;
import io.github.narthex.NativeMemory;
import io.github.narthex.Shape;
import io.github.narthex.Tensor;
import io.github.narthex.Trace;
import io.github.narthex.Weights;
import io.github.narthex.WeightsMismatchException;
import io.github.narthex.io.InputGenerator;
import io.github.narthex.io.InputSpec;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The networks that come with the library. Architecture, names and shapes of the tensors are
 * torchvision's. The weights are those given, or random ones for measuring without a file, on which
 * accuracy figures show numerical noise, not quality.
 */
public enum Builtin {
  /** A small perceptron, 1 x 784, for what a call costs. */
  MLP("mlp"),
  /** ResNet-18, 1 x 3 x 224 x 224, 11,689,512 parameters. */
  RESNET18("resnet18"),
  /** ResNet-50, 1 x 3 x 224 x 224, 25,557,032 parameters. */
  RESNET50("resnet50");

  /** Batch-norm statistics come from so many structured inputs. */
  private static final int CALIBRATION_SAMPLES = 4;

  /** Height and width, in pixels, of the image that is traced: the least that ResNet takes. */
  private static final long EXAMPLE_SIDE = 32;

  private final String id;

  Builtin(String id) {
    this.id = id;
  }

  /** The name on the command line, such as {@code resnet50}. */
  public String id() {
    return id;
  }

  /** The built-in of that name, if there is one. */
  public static Optional<Builtin> named(String id) {
    return Arrays.stream(values()).filter(builtin -> builtin.id.equals(id)).findFirst();
  }

  /** The names of all. */
  public static List<String> ids() {
    return Arrays.stream(values()).map(Builtin::id).toList();
  }

  /** What its input looks like, for batch 1. */
  public InputSpec.Generated input() {
    return new InputSpec.Generated(Optional.empty(), inputShape(), DType.FLOAT32, Optional.empty());
  }

  private Shape inputShape() {
    return switch (this) {
      case MLP -> Shape.of(1, Mlp.INPUTS);
      case RESNET18, RESNET50 -> Shape.of(1, 3, 224, 224);
    };
  }

  private Network network() {
    return switch (this) {
      case MLP -> new Mlp();
      case RESNET18 -> ResNet.resnet18();
      case RESNET50 -> ResNet.resnet50();
    };
  }

  /**
   * Makes the model, in evaluation mode. The same seed gives the same weights on every machine; the
   * batch-norm statistics may differ in their last bits.
   *
   * @param arena owns the model
   */
  public Model build(Arena arena, long seed) {
    Model model;
    try (Arena making = Arena.ofConfined()) {
      InitialLayers initial = new InitialLayers(making, seed);
      network().forward(initial, samples(making, seed));
      model = trace(arena, making, initial.weights());
    }
    NativeMemory.trim(); // a batch of activations and a second set of the weights
    return model;
  }

  /**
   * Makes the model of these weights, in evaluation mode: the state dict of torchvision's network
   * of that name. Parameters share the memory of the tensors given, as {@link Model#withWeights}
   * has it.
   *
   * @param arena owns the model
   * @throws WeightsMismatchException if names, shapes or dtypes do not fit, with all that do not
   */
  public Model build(Arena arena, Weights weights) {
    Model model;
    try (Arena making = Arena.ofConfined()) {
      BlankLayers blank = new BlankLayers(making);
      network().forward(blank, example(making));
      model = trace(making, making, blank.weights()).withWeights(arena, weights);
    }
    NativeMemory.trim();
    return model;
  }

  private Model trace(Arena arena, Arena making, Weights weights) {
    Trace trace = Trace.begin(making, weights, example(making));
    return trace.end(arena, network().forward(new TracedLayers(trace), trace.input(0)));
  }

  /** An input to trace with: operators are recorded, not sizes, so a small image does. */
  private Tensor example(Arena arena) {
    long[] sizes = inputShape().toArray();
    for (int i = 2; i < sizes.length; i++) {
      sizes[i] = EXAMPLE_SIDE;
    }
    return Tensor.empty(arena, DType.FLOAT32, Shape.of(sizes));
  }

  private Tensor samples(Arena arena, long seed) {
    long[] batch = inputShape().toArray();
    batch[0] = CALIBRATION_SAMPLES;
    Tensor samples = Tensor.empty(arena, DType.FLOAT32, Shape.of(batch));
    long sampleBytes = samples.byteSize() / CALIBRATION_SAMPLES;
    InputGenerator generator = InputGenerator.of(seed);
    for (int i = 0; i < CALIBRATION_SAMPLES; i++) {
      generator.fill(input(), 0, i, samples.segment().asSlice(i * sampleBytes, sampleBytes));
    }
    return samples;
  }
}
