package io.github.narthex.strategy;

import static io.github.narthex.strategy.Strategy.CHANNELS_LAST;
import static io.github.narthex.strategy.Strategy.COMPILE;
import static io.github.narthex.strategy.Strategy.EAGER;
import static io.github.narthex.strategy.Strategy.GPU;
import static io.github.narthex.strategy.Strategy.GRAD;
import static io.github.narthex.strategy.Strategy.INDUCTOR;
import static io.github.narthex.strategy.Strategy.NO_GRAD;
import static io.github.narthex.strategy.Strategy.ONEDNN_GRAPH;
import static io.github.narthex.strategy.Strategy.OPTIMIZE_FOR_INFERENCE;
import static io.github.narthex.strategy.Strategy.PREPACK;
import static io.github.narthex.strategy.Strategy.PRUNE;
import static io.github.narthex.strategy.Strategy.PRUNE_CHANNELS;
import static io.github.narthex.strategy.Strategy.SPARSE_2TO4;
import static io.github.narthex.strategy.Strategy.STATIC_INT8;

import java.util.Optional;

/** Strategies that make no sense together. */
final class Conflicts {
  private Conflicts() {}

  /** Why the two make no sense in one recipe; empty if they do. */
  static Optional<String> between(Strategy a, Strategy b) {
    if (a == b) {
      return Optional.empty();
    }
    if (a.compareTo(b) > 0) {
      return between(b, a);
    }
    if (a == EAGER) {
      return Optional.of("eager is the model as loaded; leave it out to get " + b);
    }
    if (a == GRAD && b == NO_GRAD) {
      return Optional.of("one turns gradients on and the other off");
    }
    if (a == GRAD && b.freezes()) {
      return Optional.of(b + " turns parameters into constants, which have no gradient");
    }
    if (a == OPTIMIZE_FOR_INFERENCE && b == ONEDNN_GRAPH) {
      return Optional.of("both rewrite the frozen graph, and not into what the other one expects");
    }
    if (b == PREPACK && (a == OPTIMIZE_FOR_INFERENCE || a == ONEDNN_GRAPH)) {
      return Optional.of("each brings weights into layouts of its own");
    }
    if (a == PREPACK && b == COMPILE) {
      return Optional.of("compile says itself which form of the code runs");
    }
    if (b == COMPILE && (a == OPTIMIZE_FOR_INFERENCE || a == ONEDNN_GRAPH)) {
      return Optional.of("compile says itself what compiles: compile:backend=onednn");
    }
    if (a == GPU || b == GPU) {
      return onGpu(a == GPU ? b : a);
    }
    if (a == INDUCTOR || b == INDUCTOR) {
      return withInductor(a == INDUCTOR ? b : a);
    }
    if (a.converts() && b.converts()) {
      return Optional.of("a model has one dtype");
    }
    if (a.converts() && b.rewrites()) {
      return Optional.of(b + " starts from a model in float32");
    }
    if (a.isMixed() && (b.isMixed() || b == STATIC_INT8)) {
      return Optional.of("a layer has one dtype");
    }
    if ((a.quantizesLinear() && b.quantizesLinear())
        || (a.quantizesEmbeddings() && b.quantizesEmbeddings())) {
      return Optional.of("a layer's weights are quantised in one way");
    }
    if (a == PRUNE && b == SPARSE_2TO4) {
      return Optional.of("both choose which weights become zero");
    }
    if (a == OPTIMIZE_FOR_INFERENCE && b.rewrites()) {
      return Optional.of(
          "optimize-for-inference brings layers into layouts that " + b + " can't change");
    }
    return Optional.empty();
  }

  /** Its kernels and its memory are libtorch's own, not those of the CPU's libraries. */
  private static Optional<String> onGpu(Strategy other) {
    return switch (other) {
      case OPTIMIZE_FOR_INFERENCE, ONEDNN_GRAPH, PREPACK, COMPILE, FLUSH_DENORMALS ->
          Optional.of(other + " is for the CPU");
      default ->
          other.quantizesLinear() || other.quantizesEmbeddings()
              ? Optional.of("libtorch computes what " + other + " makes of layers on the CPU")
              : Optional.empty();
    };
  }

  /** It starts from the model's own code, and settles itself what libtorch's passes would. */
  private static Optional<String> withInductor(Strategy other) {
    return switch (other) {
      case OPTIMIZE_FOR_INFERENCE, ONEDNN_GRAPH, PREPACK, COMPILE, CHANNELS_LAST ->
          Optional.of("Inductor says itself how the code runs, and in which layouts");
      case PRUNE_CHANNELS, SPARSE_2TO4 ->
          Optional.of("Inductor starts from the model as it was saved, not from frozen code");
      default ->
          other.quantizesLinear() || other.quantizesEmbeddings()
              ? Optional.of("Inductor has no kernels for what " + other + " makes of layers")
              : Optional.empty();
    };
  }
}
