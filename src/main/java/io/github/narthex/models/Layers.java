package io.github.narthex.models;

import io.github.narthex.NativeMemory;
import io.github.narthex.Operator;
import io.github.narthex.Tensor;
import io.github.narthex.Value;
import java.lang.foreign.Arena;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The layers that a network is written with, once: they are Python's {@code torch.nn}, in
 * evaluation mode. Each asks for its tensors by name; one subclass makes them, another records
 * their use. Sizes are told, not read from tensors: what is read of a traced tensor would not be
 * part of the trace.
 */
abstract class Layers {
  /** PyTorch's default. */
  static final double EPSILON = 1e-5;

  /** What a batch norm takes from its input: for each channel. */
  record Statistics(Tensor mean, Tensor variance) {}

  /**
   * A parameter.
   *
   * @param initial what its elements are where they are made
   */
  abstract Tensor parameter(String name, Initial initial, long... shape);

  /** The statistics of the batch norm of that name, for an input that is N x C x H x W. */
  abstract Statistics statistics(Tensor x, String name, long channels);

  /** A convolution, initialised as torchvision does: normally distributed, by fan-out. */
  Tensor conv(Tensor x, String name, Conv conv) {
    Initial initial =
        Initial.normal(Math.sqrt(2.0 / ((double) conv.outputs() * conv.kernel() * conv.kernel())));
    Tensor weight =
        parameter(
            name + ".weight",
            initial,
            conv.outputs(),
            conv.inputs() / conv.groups(),
            conv.kernel(),
            conv.kernel());
    Tensor bias =
        conv.hasBias() ? parameter(name + ".bias", Initial.constant(0), conv.outputs()) : null;
    return x.conv2d(weight, bias, conv.stride(), conv.padding(), 1, conv.groups());
  }

  /** Batch normalisation. */
  Tensor batchNorm(Tensor x, String name, long channels) {
    return batchNorm(x, name, channels, 1);
  }

  /**
   * Batch normalisation.
   *
   * @param gain what its weights are where they are made
   */
  Tensor batchNorm(Tensor x, String name, long channels, double gain) {
    Tensor weight = parameter(name + ".weight", Initial.constant(gain), channels);
    Tensor bias = parameter(name + ".bias", Initial.constant(0), channels);
    Statistics statistics = statistics(x, name, channels);
    return x.batchNorm(weight, bias, statistics.mean(), statistics.variance(), EPSILON);
  }

  /** A linear layer with bias, initialised as {@code torch.nn.Linear}: uniform, by fan-in. */
  Tensor linear(Tensor x, String name, long inputs, long outputs) {
    Initial initial = Initial.uniform(1 / Math.sqrt((double) inputs));
    return linear(x, name, inputs, outputs, initial, initial);
  }

  /** A linear layer with bias. */
  Tensor linear(
      Tensor x,
      String name,
      long inputs,
      long outputs,
      Initial initialWeight,
      Initial initialBias) {
    return x.linear(
        parameter(name + ".weight", initialWeight, outputs, inputs),
        parameter(name + ".bias", initialBias, outputs));
  }

  /** Normalisation over the last dimension. */
  Tensor layerNorm(Tensor x, String name, long width, double epsilon) {
    return x.layerNorm(
        new long[] {width},
        parameter(name + ".weight", Initial.constant(1), width),
        parameter(name + ".bias", Initial.constant(0), width),
        epsilon);
  }

  /**
   * Attention of several heads, N x S x width each, to N x S x width. The sizes of batch and
   * sequence stay open.
   *
   * @param mask false where not to look, broadcast to N x heads x S x S
   */
  static Tensor attention(
      Tensor query, Tensor key, Tensor value, long heads, long width, @Nullable Tensor mask) {
    return perHead(query, heads, width)
        .scaledDotProductAttention(
            perHead(key, heads, width), perHead(value, heads, width), mask, false, null)
        .transpose(1, 2)
        .flatten(2);
  }

  /** From N x S x width to N x heads x S x (width / heads). */
  private static Tensor perHead(Tensor x, long heads, long width) {
    return unflatten(x, 2, heads, width / heads).transpose(1, 2);
  }

  /** One dimension as several. Unlike {@code reshape}, this records no other dimension. */
  static Tensor unflatten(Tensor x, long dim, long... sizes) {
    return call("aten::unflatten.int", x, Value.of(dim), Value.of(sizes));
  }

  /** An operator that has no method of its own; its result lives where {@code x} does. */
  static Tensor call(String operator, Tensor x, Value... others) {
    Value[] arguments = new Value[1 + others.length];
    arguments[0] = Value.of(x);
    System.arraycopy(others, 0, arguments, 1, others.length);
    return Operator.of(operator).call(x.arena(), arguments).getFirst().tensor();
  }

  /**
   * Computes a part of the network, and frees all but its result: otherwise everything between the
   * input and the output of ResNet-50 would be in memory at once, 1.5 GB for a batch of 8.
   *
   * @param body from {@code x} to the result
   */
  Tensor scoped(Tensor x, UnaryOperator<Tensor> body) {
    try (Arena scope = Arena.ofConfined()) {
      return body.apply(x.keep(scope)).keep(x.arena());
    } finally {
      NativeMemory.trim();
    }
  }
}
