package io.github.narthex.optimize;

import io.github.narthex.bench.Candidate;
import io.github.narthex.bench.Disturbance;
import io.github.narthex.bench.Environment;
import io.github.narthex.internal.text.Numbers;
import io.github.narthex.strategy.Machine;
import io.github.narthex.strategy.Strategy;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What else could be done, by rules. A rule speaks only where what was measured bears it out; none
 * knows a model by its name.
 */
public final class Advice {
  /** From which share of the time on others' work makes figures doubtful. */
  private static final double DISTURBING = 0.05;

  /** A forward shorter than this is not what bounds a program. */
  private static final double TINY_MS = 0.1;

  /** What kernels other than oneDNN's are called. */
  private static final String[] PLAIN_CONVOLUTIONS = {"slow_conv", "thnn_conv", "conv_depthwise3d"};

  /** A sentence, where there is a reason for it. */
  private interface Rule extends Function<Situation, Optional<String>> {}

  private static final List<Rule> RULES =
      List.of(
          Advice::throttled,
          Advice::othersWork,
          Advice::hyperThreads,
          Advice::tinyForward,
          Advice::callsCostMuch,
          Advice::conversions,
          Advice::elementwise,
          Advice::batchNormalisation,
          Advice::plainConvolutions,
          Advice::padding,
          Advice::resizing,
          Advice::integersNeedSamples,
          Advice::recurrent,
          Advice::lookups);

  private Advice() {}

  /**
   * Advice on the trial that was chosen.
   *
   * @param trials all that were made, so that nothing is advised that was tried
   * @return sentences without full stops; none where there is nothing to say
   */
  public static List<String> of(
      OptimizeTask task,
      Environment environment,
      Machine machine,
      List<Trial> trials,
      Trial chosen) {
    Situation situation = Situation.of(task, environment, machine, trials, chosen);
    return RULES.stream().map(rule -> rule.apply(situation)).flatMap(Optional::stream).toList();
  }

  private static Optional<String> when(boolean holds, String sentence) {
    return holds ? Optional.of(sentence) : Optional.empty();
  }

  private static Optional<String> throttled(Situation now) {
    double share = now.disturbed(Disturbance::throttledMs);
    return when(
        share >= DISTURBING,
        ("the CPU quota held forwards back for %s of the time: measure with a higher quota, or with"
                + " fewer threads than it allows")
            .formatted(Numbers.percent(share)));
  }

  private static Optional<String> othersWork(Situation now) {
    double share =
        now.disturbed(lost -> lost.othersMs() + lost.stolenMs())
            / Math.max(1, now.environment().processors());
    return when(
        share >= DISTURBING,
        ("other processes, or other virtual machines, took %s of the processors' time: measure"
                + " again on a quiet machine")
            .formatted(Numbers.percent(share)));
  }

  private static Optional<String> hyperThreads(Situation now) {
    int threads = now.chosen().candidate().threads().total();
    int cores = now.environment().cores();
    return when(
        cores > 0 && threads > cores,
        ("%d threads share %d cores: products gain nothing by a second thread on a core, so try"
                + " --threads %d")
            .formatted(threads, cores, cores));
  }

  private static Optional<String> tinyForward(Situation now) {
    double ms = now.chosen().p50Ms();
    return when(
        ms < TINY_MS,
        ("a forward takes %s ms: what is around it (reading, copying in and out, the network)"
                + " decides how fast the program is")
            .formatted(Numbers.text(ms)));
  }

  private static Optional<String> callsCostMuch(Situation now) {
    double share = now.share(Family.OUTSIDE, Family.VIEW);
    Candidate candidate = now.chosen().candidate();
    if (share < 0.2 || candidate.batch() > 1) {
      return Optional.empty();
    }
    String remedy =
        now.task().goal() == Goal.THROUGHPUT
            ? "larger batches share that out"
            : now.fuses()
                ? "only fewer and larger operators in the model, or larger batches, save that"
                : "strategies that fuse operators (onednn-graph, prepack) save calls, larger"
                    + " batches share them out";
    return Optional.of(
        "%s of a forward is not computing but calls, views and the interpreter: %s"
            .formatted(Numbers.percent(share), remedy));
  }

  private static Optional<String> conversions(Situation now) {
    double share = now.shareOf("copy", "clone", "contiguous", "reorder", "::to", "quantize_per");
    if (share < 0.15) {
      return Optional.empty();
    }
    String found =
        "%s of a forward brings tensors into other dtypes and layouts: "
            .formatted(Numbers.percent(share));
    if (now.share(Family.CONVOLUTION) >= 0.1 && !now.wasTried(Strategy.CHANNELS_LAST)) {
      return Optional.of(found + "try channels-last, with which convolutions need fewer of them");
    }
    if (!now.wasTried(Strategy.PREPACK) && !now.wasTried(Strategy.ONEDNN_GRAPH)) {
      return Optional.of(found + "try prepack, which keeps weights in the layout of the kernels");
    }
    return Optional.of(
        found + "look in the model for transposes, permutes and casts that undo each other");
  }

  private static Optional<String> elementwise(Situation now) {
    double share = now.share(Family.ELEMENTWISE);
    if (share < 0.25) {
      return Optional.empty();
    }
    String found =
        "%s of a forward goes into element-wise operators, which wait for memory: "
            .formatted(Numbers.percent(share));
    if (!now.fuses() && !now.wasTried(Strategy.ONEDNN_GRAPH)) {
      return Optional.of(found + "onednn-graph computes many of them along with products");
    }
    boolean has16Bits = now.hasAny(Strategy.BF16, Strategy.FP16);
    return when(
        !has16Bits && !now.wasTried(Strategy.BF16),
        found
            + "bf16 halves the bytes; libtorch computes it on any machine, so what it costs is"
            + " accuracy");
  }

  private static Optional<String> batchNormalisation(Situation now) {
    double share = now.shareOf("batch_norm");
    String found = Numbers.percent(share) + " of a forward is batch normalisation: ";
    return now.recipe().has(Strategy.FREEZE) || now.recipe().has(Strategy.FOLD_BATCH_NORM)
        ? when(
            share >= 0.05,
            found
                + "it is folded only where it directly follows a convolution, so change that in"
                + " the model before training")
        : when(
            share >= 0.02,
            found + "freeze or fold-batch-norm makes it part of the convolutions before it");
  }

  private static Optional<String> plainConvolutions(Situation now) {
    double share = now.shareOf(PLAIN_CONVOLUTIONS);
    if (share < 0.1) {
      return Optional.empty();
    }
    String found =
        "%s of a forward is in libtorch's own convolutions: ".formatted(Numbers.percent(share));
    return now.fuses()
        ? Optional.of(found + "oneDNN has none for their kind, which another shape may change")
        : when(
            !now.wasTried(Strategy.ONEDNN_GRAPH) && !now.wasTried(Strategy.PREPACK),
            found
                + "it takes those for one picture on one thread; onednn-graph and prepack take"
                + " oneDNN's");
  }

  private static Optional<String> padding(Situation now) {
    double share = now.shareOf("_pad_nd", "_pad1d", "_pad2d", "_pad3d");
    return when(
        share >= 0.05 && now.share(Family.CONVOLUTION) > 0,
        ("%s of a forward pads tensors in a step of its own: zeros on both sides alike cost nothing"
                + " as the padding of the convolution itself")
            .formatted(Numbers.percent(share)));
  }

  private static Optional<String> resizing(Situation now) {
    double share = now.shareOf("upsample", "grid_sampler");
    return when(
        share >= 0.1,
        ("%s of a forward resizes pictures: nearest is cheaper than bilinear, that than bicubic,"
                + " and resizing before the model may be done once for several calls")
            .formatted(Numbers.percent(share)));
  }

  private static Optional<String> integersNeedSamples(Situation now) {
    double products = now.share(Family.CONVOLUTION, Family.PRODUCT, Family.ATTENTION);
    return when(
        now.task().data() == null
            && products >= 0.5
            && now.machineHasAny("avx512_vnni", "avx_vnni", "amx_int8")
            && !now.wasTried(Strategy.STATIC_INT8),
        ("%s of a forward is products, which this CPU computes fastest with 8-bit integers:"
                + " static-int8 was not tried, since it needs samples (--data DIR)")
            .formatted(Numbers.percent(products)));
  }

  private static Optional<String> recurrent(Situation now) {
    double share = now.share(Family.RECURRENT);
    if (share < 0.3) {
      return Optional.empty();
    }
    String found =
        "%s of a forward is in recurrent layers, whose steps wait for each other: "
            .formatted(Numbers.percent(share));
    return Optional.of(
        now.wasTried(Strategy.DYNAMIC_INT8)
            ? found + "more sequences in a batch cost little, shorter ones save in proportion"
            : found
                + "try dynamic-int8, which reads a quarter of the bytes of weights at each step");
  }

  private static Optional<String> lookups(Situation now) {
    return when(
        now.task().goal() == Goal.SIZE
            && now.shareOf("embedding") > 0
            && !now.wasTried(Strategy.EMBEDDING_INT8)
            && !now.wasTried(Strategy.EMBEDDING_INT4),
        "the model looks up embeddings: embedding-int8 makes a quarter of their bytes of them");
  }
}
