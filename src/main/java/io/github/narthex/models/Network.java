package io.github.narthex.models;

import io.github.narthex.DType;
import io.github.narthex.Shape;
import io.github.narthex.Tensor;
import io.github.narthex.io.InputSpec;
import java.util.List;
import java.util.Optional;

/** An architecture: how the outputs are computed from the inputs. */
interface Network {
  /** What a single input is called that has no name of its own. */
  String INPUT = "x";

  /** What the inputs look like, for batch 1. */
  List<InputSpec.Generated> inputs();

  /** Computes the outputs. The batch is the first dimension of each input, of any size, even 0. */
  List<Tensor> forward(Layers layers, List<Tensor> inputs);

  /** How many made-up inputs batch-norm statistics come from; 0 where there is no batch norm. */
  default int calibrationSamples() {
    return 0;
  }

  /** One float32 input without a name. */
  static List<InputSpec.Generated> input(long... shape) {
    return List.of(
        new InputSpec.Generated(
            Optional.empty(), Shape.of(shape), DType.FLOAT32, Optional.empty()));
  }
}
