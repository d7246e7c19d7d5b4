package io.github.narthex.profile.run;

import io.github.narthex.MemoryPlan;
import io.github.narthex.Model;
import io.github.narthex.NarthexException;
import io.github.narthex.Tensor;
import io.github.narthex.Value;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What a forward takes for tensors, inferred from the model's code before it runs, and for what
 * that could be traded.
 *
 * @param plan for the inputs as they are
 * @param batches what other sizes of the batch take; empty if inputs have no common first dimension
 * @param waiting what could be given up and made again, or stored elsewhere, each along with those
 *     before it
 * @param copyBytesPerSecond what one thread copies from memory to memory here: storing a tensor
 *     elsewhere and bringing it back takes two such copies at least
 */
public record MemoryForecast(
    MemoryPlan plan,
    List<Batch> batches,
    List<MemoryPlan.Waiting> waiting,
    double copyBytesPerSecond) {
  private static final List<Long> SIZES = List.of(1L, 2L, 4L, 8L, 16L, 32L);
  private static final int MOST_WAITING = 4;
  private static final long COPIED = 64 << 20;
  private static final double NANOS_PER_S = 1e9;

  /**
   * A size of the batch.
   *
   * @param size of the inputs' first dimension
   * @param isGiven whether it is that of the inputs
   * @param peakBytes the most that a forward has for tensors at once
   */
  public record Batch(long size, boolean isGiven, long peakBytes) {}

  /** The lists are copied. */
  public MemoryForecast {
    batches = List.copyOf(batches);
    waiting = List.copyOf(waiting);
  }

  /** Before the model runs. */
  static MemoryForecast of(Model model, Map<String, Value> inputs) {
    try (Arena arena = Arena.ofConfined()) {
      Model frozen = model.freeze(arena);
      MemoryPlan plan = MemoryPlan.of(frozen, inputs);
      return new MemoryForecast(
          plan, batches(frozen, inputs, plan), plan.waiting(MOST_WAITING), copyRate(arena));
    }
  }

  private static List<Batch> batches(Model model, Map<String, Value> inputs, MemoryPlan plan) {
    OptionalLong given = batch(inputs);
    if (given.isEmpty()) {
      return List.of();
    }
    Set<Long> sizes = new TreeSet<>(SIZES);
    sizes.add(given.getAsLong());
    List<Batch> batches = new ArrayList<>();
    for (long size : sizes) {
      boolean isGiven = size == given.getAsLong();
      try {
        MemoryPlan of = isGiven ? plan : MemoryPlan.of(model, withBatch(inputs, size));
        batches.add(new Batch(size, isGiven, of.peak().bytes()));
      } catch (NarthexException e) {
        // The model's code takes no other size.
      }
    }
    return batches;
  }

  /** The first dimension of all inputs, if they have the same. */
  private static OptionalLong batch(Map<String, Value> inputs) {
    List<Tensor> tensors =
        inputs.values().stream().flatMap(value -> value.tensors().stream()).toList();
    Set<Long> sizes =
        tensors.stream()
            .map(tensor -> tensor.shape().rank() == 0 ? 0 : tensor.shape().dim(0))
            .collect(Collectors.toSet());
    return sizes.size() == 1 && !sizes.contains(0L)
        ? OptionalLong.of(sizes.iterator().next())
        : OptionalLong.empty();
  }

  private static Map<String, Value> withBatch(Map<String, Value> inputs, long size) {
    return inputs.entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, entry -> withBatch(entry.getValue(), size)));
  }

  /** Elements do not matter for a plan. */
  private static Value withBatch(Value value, long size) {
    if (!(value instanceof Value.OfTensor(Tensor tensor))) {
      return value;
    }
    long[] shape = tensor.shape().toArray();
    shape[0] = size;
    return Value.of(tensor.narrow(0, 0, 1).expand(shape));
  }

  private static double copyRate(Arena arena) {
    MemorySegment from = arena.allocate(COPIED, 64);
    MemorySegment to = arena.allocate(COPIED, 64);
    to.copyFrom(from); // brings the pages
    long began = System.nanoTime();
    to.copyFrom(from);
    return COPIED * NANOS_PER_S / Math.max(1, System.nanoTime() - began);
  }
}
