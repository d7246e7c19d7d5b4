package io.github.narthex.models;

import io.github.narthex.DType;
import io.github.narthex.Shape;
import io.github.narthex.Tensor;
import io.github.narthex.io.InputSpec;
import java.util.List;
import java.util.Optional;

/**
 * BERT of base size: Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers", 2018,
 * with the names and the vocabulary of Hugging Face's {@code BertModel} for bert-base-uncased.
 *
 * <p>Inputs are int64, N x S, S up to 512: the token of each position, 1 where there is one and 0
 * for padding, and which of two sentences it is in. Outputs are the last hidden state, N x S x 768,
 * and that of the first token, pooled, N x 768.
 */
final class Bert implements Network {
  private static final int TOKENS = 30_522;
  private static final int POSITIONS = 512;
  private static final int TOKEN_TYPES = 2;
  private static final int WIDTH = 768;
  private static final int HIDDEN = 3072;
  private static final int HEADS = 12;
  private static final int DEPTH = 12;
  private static final double EPSILON = 1e-12;
  private static final Initial NORMAL = Initial.normal(0.02);

  /** Of the inputs that are made up. */
  private static final int LENGTH = 128;

  @Override
  public List<InputSpec.Generated> inputs() {
    return List.of(
        input("input_ids", 0, TOKENS - 1),
        input("attention_mask", 1, 1),
        input("token_type_ids", 0, TOKEN_TYPES - 1));
  }

  private static InputSpec.Generated input(String name, long low, long high) {
    return new InputSpec.Generated(
        Optional.of(name),
        Shape.of(1, LENGTH),
        DType.INT64,
        Optional.of(new InputSpec.Range(low, high)));
  }

  @Override
  public List<Tensor> forward(Layers layers, List<Tensor> inputs) {
    Tensor types = inputs.get(2);
    Tensor mask = inputs.get(1).ne(0).unsqueeze(1).unsqueeze(1);
    Tensor x = layers.scoped(inputs.getFirst(), tokens -> embeddings(layers, tokens, types));
    for (int i = 0; i < DEPTH; i++) {
      String name = "encoder.layer." + i;
      x = layers.scoped(x, y -> block(layers, y, mask, name));
    }
    Tensor pooled = linear(layers, x.select(1, 0), "pooler.dense", WIDTH, WIDTH).tanh();
    return List.of(x, pooled);
  }

  private static Tensor embeddings(Layers layers, Tensor tokens, Tensor types) {
    // 0, 1, 2… for as many as there are, which a trace knows only of a tensor.
    Tensor ones = Layers.call("aten::ones_like", tokens.slice(0, 0, 1));
    Tensor positions = ones.cumsum(1).sub(ones);
    Tensor sum =
        embedding(layers, tokens, "word", TOKENS)
            .add(embedding(layers, types, "token_type", TOKEN_TYPES))
            .add(embedding(layers, positions, "position", POSITIONS));
    return layers.layerNorm(sum, "embeddings.LayerNorm", WIDTH, EPSILON);
  }

  private static Tensor embedding(Layers layers, Tensor indices, String what, int rows) {
    return indices.embedding(
        layers.parameter("embeddings." + what + "_embeddings.weight", NORMAL, rows, WIDTH));
  }

  private static Tensor block(Layers layers, Tensor x, Tensor mask, String name) {
    String self = name + ".attention.self";
    Tensor attended =
        Layers.attention(
            linear(layers, x, self + ".query", WIDTH, WIDTH),
            linear(layers, x, self + ".key", WIDTH, WIDTH),
            linear(layers, x, self + ".value", WIDTH, WIDTH),
            HEADS,
            WIDTH,
            mask);
    Tensor y = output(layers, attended, x, name + ".attention.output", WIDTH);
    Tensor hidden = linear(layers, y, name + ".intermediate.dense", WIDTH, HIDDEN).gelu();
    return output(layers, hidden, y, name + ".output", HIDDEN);
  }

  private static Tensor output(Layers layers, Tensor x, Tensor residual, String name, int width) {
    Tensor sum = linear(layers, x, name + ".dense", width, WIDTH).add(residual);
    return layers.layerNorm(sum, name + ".LayerNorm", WIDTH, EPSILON);
  }

  private static Tensor linear(Layers layers, Tensor x, String name, int inputs, int outputs) {
    return layers.linear(x, name, inputs, outputs, NORMAL, Initial.constant(0));
  }
}
