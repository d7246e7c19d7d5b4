package io.github.narthex.models;

import io.github.narthex.DType;
import io.github.narthex.Shape;
import io.github.narthex.Tensor;
import io.github.narthex.Weights;
import java.lang.foreign.Arena;

/** Layers that say which tensors a network has, of which shapes: all of them are zero. */
final class BlankLayers implements Layers {
  private final Arena arena;
  private final Weights weights = new Weights();

  BlankLayers(Arena arena) {
    this.arena = arena;
  }

  Weights weights() {
    return weights;
  }

  @Override
  public Tensor conv(Tensor x, String name, int outChannels, int kernel, int stride) {
    Tensor weight = zeros(outChannels, x.shape().dim(1), kernel, kernel);
    weights.parameter(name + ".weight", weight);
    return x.conv2d(weight, null, stride, kernel / 2);
  }

  @Override
  public Tensor batchNorm(Tensor x, String name, double gain) {
    long channels = x.shape().dim(1);
    weights
        .parameter(name + ".weight", zeros(channels))
        .parameter(name + ".bias", zeros(channels))
        .buffer(name + ".running_mean", zeros(channels))
        .buffer(name + ".running_var", zeros(channels))
        .buffer(name + ".num_batches_tracked", Tensor.of(arena, new long[] {0}));
    return x; // the same shape
  }

  @Override
  public Tensor linear(Tensor x, String name, int outFeatures) {
    Tensor weight = zeros(outFeatures, x.shape().dim(1));
    Tensor bias = zeros(outFeatures);
    weights.parameter(name + ".weight", weight).parameter(name + ".bias", bias);
    return x.linear(weight, bias);
  }

  private Tensor zeros(long... shape) {
    Tensor tensor = Tensor.empty(arena, DType.FLOAT32, Shape.of(shape));
    tensor.segment().fill((byte) 0);
    return tensor;
  }
}
