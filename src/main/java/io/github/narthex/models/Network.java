package io.github.narthex.models;

import io.github.narthex.Tensor;

/** An architecture: how the output is computed from the input. */
@FunctionalInterface
interface Network {
  Tensor forward(Layers layers, Tensor input);
}
