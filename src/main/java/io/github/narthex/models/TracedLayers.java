package io.github.narthex.models;

import io.github.narthex.Tensor;
import io.github.narthex.Trace;

/** Layers whose use is recorded by a trace. */
final class TracedLayers implements Layers {
  /** PyTorch's default. */
  static final double EPSILON = 1e-5;

  private final Trace trace;

  TracedLayers(Trace trace) {
    this.trace = trace;
  }

  @Override
  public Tensor conv(Tensor x, String name, int outChannels, int kernel, int stride) {
    return x.conv2d(trace.weight(name + ".weight"), null, stride, kernel / 2);
  }

  @Override
  public Tensor batchNorm(Tensor x, String name, double gain) {
    return x.batchNorm(
        trace.weight(name + ".weight"),
        trace.weight(name + ".bias"),
        trace.weight(name + ".running_mean"),
        trace.weight(name + ".running_var"),
        EPSILON);
  }

  @Override
  public Tensor linear(Tensor x, String name, int outFeatures) {
    return x.linear(trace.weight(name + ".weight"), trace.weight(name + ".bias"));
  }
}
