package io.github.narthex.models;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.narthex.DType;
import io.github.narthex.Operator;
import io.github.narthex.Shape;
import io.github.narthex.Tensor;
import io.github.narthex.Value;
import io.github.narthex.Weights;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;

/**
 * Layers that make their tensors as the network is first computed: weights from a seed, as
 * torchvision initialises them, and batch-norm statistics from what really arrives. With the usual
 * statistics (mean 0, variance 1) the output of a random network hardly depends on its input.
 */
final class InitialLayers implements Layers {
  private final Arena arena;
  private final long seed;
  private final Weights weights = new Weights();

  InitialLayers(Arena arena, long seed) {
    this.arena = arena;
    this.seed = seed;
  }

  Weights weights() {
    return weights;
  }

  @Override
  public Tensor conv(Tensor x, String name, int outChannels, int kernel, int stride) {
    // Kaiming, normal, by fan-out: torchvision's ResNet.
    double deviation = Math.sqrt(2.0 / ((double) outChannels * kernel * kernel));
    SplittableRandom random = random(name);
    Tensor weight =
        filled(
            () -> deviation * random.nextGaussian(), outChannels, x.shape().dim(1), kernel, kernel);
    weights.parameter(name + ".weight", weight);
    return x.conv2d(weight, null, stride, kernel / 2);
  }

  @Override
  public Tensor batchNorm(Tensor x, String name, double gain) {
    long channels = x.shape().dim(1);
    Tensor weight = filled(() -> gain, channels);
    Tensor bias = filled(() -> 0, channels);
    List<Value> statistics =
        Operator.of("aten::var_mean.dim")
            .call(arena, Value.of(x), Value.of(new long[] {0, 2, 3}), Value.of(false));
    Tensor variance = statistics.get(0).tensor();
    Tensor mean = statistics.get(1).tensor();
    weights
        .parameter(name + ".weight", weight)
        .parameter(name + ".bias", bias)
        .buffer(name + ".running_mean", mean)
        .buffer(name + ".running_var", variance)
        .buffer(name + ".num_batches_tracked", Tensor.of(arena, new long[] {1}));
    return x.batchNorm(weight, bias, mean, variance, TracedLayers.EPSILON);
  }

  @Override
  public Tensor linear(Tensor x, String name, int outFeatures) {
    // Uniform by fan-in: torch.nn.Linear.
    long inFeatures = x.shape().dim(1);
    double bound = 1 / Math.sqrt((double) inFeatures);
    SplittableRandom random = random(name);
    Tensor weight = filled(() -> random.nextDouble(-bound, bound), outFeatures, inFeatures);
    Tensor bias = filled(() -> random.nextDouble(-bound, bound), outFeatures);
    weights.parameter(name + ".weight", weight).parameter(name + ".bias", bias);
    return x.linear(weight, bias);
  }

  /** Each layer has numbers of its own, whatever the others draw. */
  private SplittableRandom random(String name) {
    return new SplittableRandom(seed * 1_000_003 + name.hashCode());
  }

  private Tensor filled(DoubleSupplier element, long... shape) {
    Tensor tensor = Tensor.empty(arena, DType.FLOAT32, Shape.of(shape));
    MemorySegment elements = tensor.segment();
    long count = elements.byteSize() / JAVA_FLOAT.byteSize();
    for (long i = 0; i < count; i++) {
      elements.setAtIndex(JAVA_FLOAT, i, (float) element.getAsDouble());
    }
    return tensor;
  }
}
