package io.github.narthex.models;

import io.github.narthex.Tensor;
import io.github.narthex.Value;
import io.github.narthex.io.InputSpec;
import java.util.ArrayList;
import java.util.List;

/**
 * Two layers of LSTM over a sequence, N x S x 128, and a linear layer on what the last step gives,
 * N x 10. The names are those of a module with a {@code torch.nn.LSTM(128, 256, num_layers=2,
 * batch_first=True)} called lstm and a {@code torch.nn.Linear(256, 10)} called fc.
 */
final class Lstm implements Network {
  private static final int FEATURES = 128;
  private static final int HIDDEN = 256;
  private static final int LAYERS = 2;
  private static final int CLASSES = 10;

  /** Of the input that is made up. */
  private static final int LENGTH = 64;

  @Override
  public List<InputSpec.Generated> inputs() {
    return Network.input(1, LENGTH, FEATURES);
  }

  @Override
  public List<Tensor> forward(Layers layers, List<Tensor> inputs) {
    Tensor x = inputs.getFirst();
    Value zeros = Value.of(zeros(x));
    Tensor steps =
        Layers.call(
            "aten::lstm.input",
            x,
            Value.list(zeros, zeros),
            Value.list(parameters(layers)),
            Value.of(true), // has biases
            Value.of(LAYERS),
            Value.of(0.0), // dropout
            Value.of(false), // training
            Value.of(false), // bidirectional
            Value.of(true)); // batch first
    return List.of(layers.linear(steps.select(1, -1), "fc", HIDDEN, CLASSES));
  }

  /** The state before the first step, for as many as there are, which a trace knows of a tensor. */
  private static Tensor zeros(Tensor x) {
    Tensor each = Layers.call("aten::zeros_like", x.select(1, 0).slice(1, 0, 1));
    return each.unsqueeze(0).expand(LAYERS, -1, HIDDEN).contiguous();
  }

  private static Value[] parameters(Layers layers) {
    Initial initial = Initial.uniform(1 / Math.sqrt(HIDDEN));
    int gates = 4 * HIDDEN;
    List<Value> parameters = new ArrayList<>();
    for (int i = 0; i < LAYERS; i++) {
      String layer = "_l" + i;
      int inputs = i == 0 ? FEATURES : HIDDEN;
      parameters.add(Value.of(layers.parameter("lstm.weight_ih" + layer, initial, gates, inputs)));
      parameters.add(Value.of(layers.parameter("lstm.weight_hh" + layer, initial, gates, HIDDEN)));
      parameters.add(Value.of(layers.parameter("lstm.bias_ih" + layer, initial, gates)));
      parameters.add(Value.of(layers.parameter("lstm.bias_hh" + layer, initial, gates)));
    }
    return parameters.toArray(Value[]::new);
  }
}
