package io.github.narthex;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a call of a model's {@code forward} takes for tensors, and for how long, without running it:
 * shapes are inferred from the model's code by libtorch's symbolic shape analysis, and a tensor is
 * kept from the operator that makes it to the last one that uses it or a view of it.
 *
 * <p>It is an estimate. Not in it are the model's weights and inputs, and that fused kernels keep
 * less. {@link io.github.narthex.profile.MemoryWatch} measures.
 *
 * <p>Immutable; it does not need the model any more.
 */
public final class MemoryPlan {
  private final List<Made> tensors;
  private final int nodes;

  /** By position of a tensor: the nodes that use it, in order. */
  private final List<int[]> uses;

  /** By node: the positions of the tensors that it uses. */
  private final List<List<Integer>> operands;

  /**
   * A tensor with memory of its own.
   *
   * @param name in the model's code
   * @param operator that makes it
   * @param bytes of its elements; -1 if its shape could not be inferred
   * @param node the number of that operator in the code, from 1 on
   * @param flops floating-point operations of products and convolutions to make it from what that
   *     operator takes; 0 for others
   * @param workspaceBytes what that operator takes for itself while it computes, as far as that is
   *     known: a convolution that is not compiled has its weights, input and output in oneDNN's
   *     layouts too
   */
  public record Made(
      String name, String operator, long bytes, int node, long flops, long workspaceBytes) {
    private long size() {
      return Math.max(0, bytes);
    }
  }

  /**
   * Where the most is kept at once.
   *
   * @param bytes at once
   * @param operator that runs then
   * @param tensors how many are kept then
   */
  public record Peak(long bytes, String operator, int tensors) {}

  /**
   * A tensor that only waits while most is kept. It could be given up after its last use before
   * that and made again for the next one, or be stored elsewhere in between.
   *
   * @param tensor what waits
   * @param flopsAgain to make it again
   * @param peakBytes the most that is kept at once without it, and without those that come before
   *     it in the list
   */
  public record Waiting(Made tensor, long flopsAgain, long peakBytes) {}

  /** A time in which a tensor is not kept: after one node and before another. */
  private record Gap(int tensor, int after, int before) {}

  private MemoryPlan(List<Made> tensors, int nodes, List<int[]> uses) {
    this.tensors = List.copyOf(tensors);
    this.nodes = nodes;
    this.uses = uses;
    operands = new ArrayList<>();
    for (int i = 0; i <= nodes; i++) {
      operands.add(new ArrayList<>());
    }
    for (int i = 0; i < uses.size(); i++) {
      for (int node : uses.get(i)) {
        operands.get(node).add(i);
      }
    }
  }

  /**
   * The plan of a call with arguments of these shapes; their elements do not matter, so that a
   * tensor may be an {@linkplain Tensor#expand expanded} one.
   *
   * @param model that is not fused: in fused code no shapes are known
   * @throws IllegalArgumentException if the arguments do not fit the model
   * @throws OperatorException if the model can't be frozen
   * @throws IllegalStateException if the model or a tensor is closed, or the model is in training
   *     mode
   * @throws WrongThreadException if the arena of one of them is confined to another thread
   */
  public static MemoryPlan of(Model model, List<Value> arguments) {
    return model.memoryPlan(arguments, Map.of());
  }

  /** The same with arguments by name. */
  public static MemoryPlan of(Model model, Map<String, Value> arguments) {
    return model.memoryPlan(List.of(), arguments);
  }

  /**
   * From rows.
   *
   * @param uses pairs: a node, and the position of the tensor that it uses
   */
  static MemoryPlan of(List<Made> tensors, long[] uses) {
    int nodes = tensors.stream().mapToInt(Made::node).max().orElse(0);
    List<List<Integer>> all = new ArrayList<>();
    tensors.forEach(_ -> all.add(new ArrayList<>()));
    for (int i = 0; i < uses.length; i += 2) {
      nodes = Math.max(nodes, (int) uses[i]);
      all.get((int) uses[i + 1]).add((int) uses[i]);
    }
    return new MemoryPlan(
        tensors,
        nodes,
        all.stream()
            .map(of -> of.stream().mapToInt(Integer::intValue).sorted().toArray())
            .toList());
  }

  /** All that is made, in the order of the code. */
  public List<Made> tensors() {
    return tensors;
  }

  /** How many tensors have a shape that could not be inferred; they count as nothing. */
  public long unknownCount() {
    return tensors.stream().filter(tensor -> tensor.bytes() < 0).count();
  }

  /** All that is made, together. */
  public long totalBytes() {
    return tensors.stream().mapToLong(Made::size).sum();
  }

  /** Floating-point operations of products and convolutions. */
  public long flops() {
    return tensors.stream().mapToLong(Made::flops).sum();
  }

  /** Where the most is kept at once. */
  public Peak peak() {
    int at = fullest(List.of());
    int kept = 0;
    for (int i = 0; i < tensors.size(); i++) {
      kept += isKept(i, at) ? 1 : 0;
    }
    return new Peak(kept(List.of())[at], operatorAt(at), kept);
  }

  /** The most that is kept at once, with what operators take for themselves meanwhile. */
  public long peakWithWorkspaceBytes() {
    long[] kept = kept(List.of());
    return Math.max(
        peak().bytes(),
        tensors.stream()
            .mapToLong(tensor -> kept[tensor.node()] + tensor.workspaceBytes())
            .max()
            .orElse(0));
  }

  /**
   * What could be given up to lower the peak: at each step the largest tensor that waits where most
   * is kept by then, as long as that lowers it.
   *
   * @param limit no more than so many
   */
  public List<Waiting> waiting(int limit) {
    List<Gap> gaps = new ArrayList<>();
    List<Waiting> found = new ArrayList<>();
    long peak = peak().bytes();
    while (found.size() < limit) {
      Optional<Gap> next = largestGap(fullest(gaps), gaps);
      if (next.isEmpty()) {
        break;
      }
      gaps.add(next.get());
      long lowered = kept(gaps)[fullest(gaps)];
      if (lowered >= peak) {
        break;
      }
      peak = lowered;
      Made tensor = tensors.get(next.get().tensor());
      found.add(new Waiting(tensor, again(next.get(), new HashSet<>()), peak));
    }
    return found;
  }

  private String operatorAt(int node) {
    return tensors.stream()
        .filter(tensor -> tensor.node() <= node)
        .reduce((_, last) -> last)
        .map(Made::operator)
        .orElse("");
  }

  private int lastUse(int tensor) {
    int[] of = uses.get(tensor);
    return of.length == 0 ? tensors.get(tensor).node() : of[of.length - 1];
  }

  private boolean isKept(int tensor, int node) {
    return tensors.get(tensor).node() <= node && node <= lastUse(tensor);
  }

  /** By node: what is kept while it runs. */
  private long[] kept(List<Gap> gaps) {
    long[] change = new long[nodes + 2];
    for (int i = 0; i < tensors.size(); i++) {
      change[tensors.get(i).node()] += tensors.get(i).size();
      change[lastUse(i) + 1] -= tensors.get(i).size();
    }
    for (Gap gap : gaps) {
      change[gap.after() + 1] -= tensors.get(gap.tensor()).size();
      change[gap.before()] += tensors.get(gap.tensor()).size();
    }
    Arrays.parallelPrefix(change, Long::sum);
    return change;
  }

  private int fullest(List<Gap> gaps) {
    long[] kept = kept(gaps);
    int at = 0;
    for (int node = 0; node < kept.length; node++) {
      at = kept[node] > kept[at] ? node : at;
    }
    return at;
  }

  private Optional<Gap> largestGap(int at, List<Gap> taken) {
    List<Gap> gaps = new ArrayList<>();
    for (int i = 0; i < tensors.size(); i++) {
      Gap gap = gap(i, at);
      if (gap != null && !taken.contains(gap) && tensors.get(i).bytes() > 0) {
        gaps.add(gap);
      }
    }
    return gaps.stream().max(Comparator.comparingLong(gap -> tensors.get(gap.tensor()).bytes()));
  }

  /** Between the uses before and after a node, null if the tensor is not kept or is used there. */
  private @Nullable Gap gap(int tensor, int at) {
    int before = tensors.get(tensor).node();
    if (before >= at) {
      return null;
    }
    for (int use : uses.get(tensor)) {
      if (use == at) {
        return null;
      }
      if (use > at) {
        return new Gap(tensor, before, use);
      }
      before = use;
    }
    return null;
  }

  /** To make a tensor again at the end of its gap, with what is not kept then any more. */
  private long again(Gap gap, Set<Integer> counted) {
    Made tensor = tensors.get(gap.tensor());
    if (!counted.add(gap.tensor())) {
      return 0;
    }
    long flops = tensor.flops();
    for (int operand : operands.get(tensor.node())) {
      if (!isKept(operand, gap.before())) {
        flops += again(new Gap(operand, gap.after(), gap.before()), counted);
      }
    }
    return flops;
  }
}
