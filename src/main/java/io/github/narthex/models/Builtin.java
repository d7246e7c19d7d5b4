package io.github.narthex.models;

import io.github.narthex.Device;
import io.github.narthex.Model;
import io.github.narthex.NativeMemory;
import io.github.narthex.Shape;
import io.github.narthex.Tensor;
import io.github.narthex.Trace;
import io.github.narthex.Weights;
import io.github.narthex.WeightsMismatchException;
import io.github.narthex.io.InputGenerator;
import io.github.narthex.io.InputSpec;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * The networks that come with the library. Architecture, names and shapes of the tensors are those
 * of well-known models in Python, whose weights can be given. The others are random, for measuring
 * without a file: accuracy figures on them show numerical noise, not quality. Only {@link
 * #SHAPES_NET} is trained.
 *
 * <p>Batches may be of any size, and so may sequences.
 */
public enum Builtin {
  /** A small perceptron, float32 N x 784 to N x 10: torchvision's MLP, for what a call costs. */
  MLP("mlp"),
  /**
   * A small convolutional network that is trained, 107,994 parameters: float32 N x 3 x 32 x 32 to a
   * score for each of 10 shapes. It is right on 96.65 % of the {@link ShapePictures} that it has
   * not seen.
   */
  SHAPES_NET("shapes-net"),
  /**
   * Two layers of LSTM, 924,170 parameters: float32 N x S x 128 to N x 10, from the last step. A
   * {@code torch.nn.LSTM(128, 256, num_layers=2, batch_first=True)} named lstm, then a {@code
   * torch.nn.Linear(256, 10)} named fc.
   */
  LSTM("lstm"),
  /** ResNet-18, 11,689,512 parameters: float32 N x 3 x 224 x 224 to N x 1000; torchvision's. */
  RESNET18("resnet18"),
  /** ResNet-50, 25,557,032 parameters: float32 N x 3 x 224 x 224 to N x 1000; torchvision's. */
  RESNET50("resnet50"),
  /** MobileNetV2, 3,504,872 parameters: float32 N x 3 x 224 x 224 to N x 1000; torchvision's. */
  MOBILENET_V2("mobilenet-v2"),
  /**
   * A vision transformer of base size, 86,567,656 parameters: float32 N x 3 x 224 x 224 to N x
   * 1000; torchvision's vit_b_16.
   */
  VIT_B_16("vit-b-16"),
  /**
   * BERT of base size, 109,482,240 parameters: Hugging Face's BertModel with a pooler, as in
   * bert-base-uncased. Takes input_ids, attention_mask and token_type_ids, int64, N x S each, S up
   * to 512; returns the last hidden state, float32 N x S x 768, and the pooled one, N x 768.
   */
  BERT_BASE("bert-base");

  private final String id;

  Builtin(String id) {
    this.id = id;
  }

  private Network network() {
    return switch (this) {
      case MLP -> new Mlp();
      case SHAPES_NET -> new ShapesNet();
      case LSTM -> new Lstm();
      case RESNET18 -> ResNet.resnet18();
      case RESNET50 -> ResNet.resnet50();
      case MOBILENET_V2 -> new MobileNetV2();
      case VIT_B_16 -> new VisionTransformer();
      case BERT_BASE -> new Bert();
    };
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

  /** What its inputs look like, for batch 1. */
  public List<InputSpec.Generated> inputs() {
    return network().inputs();
  }

  /** Whether its weights are trained, and not random. */
  public boolean isTrained() {
    return this == SHAPES_NET;
  }

  /**
   * Makes the model, in evaluation mode. The same seed gives the same weights on every machine; the
   * batch-norm statistics may differ in their last bits.
   *
   * @param arena owns the model
   * @param seed of random weights; without effect where they are {@linkplain #isTrained trained}
   */
  public Model build(Arena arena, long seed) {
    Model model;
    try (Arena making = Arena.ofConfined()) {
      model =
          isTrained()
              ? build(arena, trained(making))
              : trace(arena, making, network(), initial(making, seed));
    }
    NativeMemory.trim(); // a batch of activations
    return model;
  }

  /**
   * Makes the model of these weights, in evaluation mode: the state dict of the model in Python.
   * Parameters share the memory of the tensors given, as {@link Model#withWeights} has it.
   *
   * @param arena owns the model
   * @throws WeightsMismatchException if names, shapes or dtypes do not fit, with all that do not
   */
  public Model build(Arena arena, Weights weights) {
    Model model;
    try (Arena making = Arena.ofConfined()) {
      Network network = network();
      BlankLayers blank = new BlankLayers(making);
      network.forward(blank, samples(making, network, 0, 0));
      model = trace(making, making, network, blank.weights()).withWeights(arena, weights);
    }
    NativeMemory.trim();
    return model;
  }

  private Weights trained(Arena arena) {
    String file = id + ".pt";
    try (InputStream in = Objects.requireNonNull(Builtin.class.getResourceAsStream(file), file)) {
      return Model.load(arena, in, Device.CPU).stateDict(arena);
    } catch (IOException e) {
      throw new UncheckedIOException("can't read the resource " + file, e);
    }
  }

  private Weights initial(Arena arena, long seed) {
    Network network = network();
    InitialLayers layers = new InitialLayers(arena, seed);
    try (Arena computing = Arena.ofConfined()) {
      network.forward(layers, samples(computing, network, network.calibrationSamples(), seed));
    }
    return layers.weights();
  }

  private static Model trace(Arena arena, Arena making, Network network, Weights weights) {
    // Operators are recorded, not sizes: examples of batch 0 do, and cost nothing.
    List<Tensor> examples = samples(making, network, 0, 0);
    SequencedMap<String, Tensor> named = new LinkedHashMap<>();
    for (int i = 0; i < examples.size(); i++) {
      named.put(network.inputs().get(i).name().orElse(Network.INPUT), examples.get(i));
    }
    Trace trace = Trace.begin(making, weights, named);
    List<Tensor> inputs = new ArrayList<>();
    for (int i = 0; i < examples.size(); i++) {
      inputs.add(trace.input(i));
    }
    List<Tensor> outputs = network.forward(new TracedLayers(trace), inputs);
    return trace.end(arena, outputs.toArray(Tensor[]::new));
  }

  /** So many samples of each input. */
  private static List<Tensor> samples(Arena arena, Network network, int count, long seed) {
    InputGenerator generator = InputGenerator.of(seed);
    List<Tensor> inputs = new ArrayList<>();
    for (InputSpec.Generated spec : network.inputs()) {
      long[] sizes = spec.shape().toArray();
      sizes[0] = count;
      Tensor tensor = Tensor.empty(arena, spec.dtype(), Shape.of(sizes));
      long bytes = spec.shape().byteSize(spec.dtype());
      for (int i = 0; i < count; i++) {
        generator.fill(spec, inputs.size(), i, tensor.segment().asSlice(i * bytes, bytes));
      }
      inputs.add(tensor);
    }
    return inputs;
  }
}
