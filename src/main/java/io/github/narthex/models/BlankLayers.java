package io.github.narthex.models;

import io.github.narthex.DType;
import io.github.narthex.Shape;
import io.github.narthex.Tensor;
import io.github.narthex.Weights;
import java.lang.foreign.Arena;

/**
 * Layers that say which tensors a network has, of which shapes, and leave the elements unset:
 * memory that is never touched is never there.
 */
class BlankLayers extends Layers {
  private final Arena arena;
  private final Weights weights = new Weights();

  BlankLayers(Arena arena) {
    this.arena = arena;
  }

  final Arena arena() {
    return arena;
  }

  final Weights weights() {
    return weights;
  }

  @Override
  Tensor parameter(String name, Initial initial, long... shape) {
    Tensor tensor = empty(shape);
    weights.parameter(name, tensor);
    return tensor;
  }

  @Override
  Statistics statistics(Tensor x, String name, long channels) {
    return named(name, new Statistics(empty(channels), empty(channels)), 0);
  }

  /** Names the buffers of a batch norm. */
  final Statistics named(String name, Statistics statistics, long batches) {
    weights
        .buffer(name + ".running_mean", statistics.mean())
        .buffer(name + ".running_var", statistics.variance())
        .buffer(name + ".num_batches_tracked", scalar(batches));
    return statistics;
  }

  private Tensor scalar(long value) {
    return Tensor.of(arena, new long[] {value});
  }

  final Tensor empty(long... shape) {
    return Tensor.empty(arena, DType.FLOAT32, Shape.of(shape));
  }
}
