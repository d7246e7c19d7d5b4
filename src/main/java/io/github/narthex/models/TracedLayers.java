package io.github.narthex.models;

import io.github.narthex.Tensor;
import io.github.narthex.Trace;

/** Layers whose use is recorded by a trace. */
final class TracedLayers extends Layers {
  private final Trace trace;

  TracedLayers(Trace trace) {
    this.trace = trace;
  }

  @Override
  Tensor parameter(String name, Initial initial, long... shape) {
    return trace.weight(name);
  }

  @Override
  Statistics statistics(Tensor x, String name, long channels) {
    return new Statistics(
        trace.weight(name + ".running_mean"), trace.weight(name + ".running_var"));
  }
}
