package io.github.narthex.models;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.narthex.Operator;
import io.github.narthex.Tensor;
import io.github.narthex.Value;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Layers that make their tensors as the network is first computed: weights from a seed, and
 * batch-norm statistics from what really arrives. With the usual statistics (mean 0, variance 1)
 * the output of a random network hardly depends on its input.
 */
final class InitialLayers extends BlankLayers {
  private final long seed;

  InitialLayers(Arena arena, long seed) {
    super(arena);
    this.seed = seed;
  }

  @Override
  Tensor parameter(String name, Initial initial, long... shape) {
    Tensor tensor = super.parameter(name, initial, shape);
    // Each tensor has numbers of its own, whatever the others draw.
    SplittableRandom random = new SplittableRandom(seed * 1_000_003 + name.hashCode());
    MemorySegment elements = tensor.segment();
    long count = elements.byteSize() / JAVA_FLOAT.byteSize();
    for (long i = 0; i < count; i++) {
      elements.setAtIndex(JAVA_FLOAT, i, (float) initial.next(random));
    }
    return tensor;
  }

  @Override
  Statistics statistics(Tensor x, String name, long channels) {
    List<Value> moments =
        Operator.of("aten::var_mean.dim")
            .call(arena(), Value.of(x), Value.of(new long[] {0, 2, 3}), Value.of(false));
    return named(name, new Statistics(moments.get(1).tensor(), moments.get(0).tensor()), 1);
  }
}
