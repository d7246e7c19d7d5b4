package io.github.narthex.strategy;

import io.github.narthex.DType;
import io.github.narthex.GpuSwitch;
import io.github.narthex.GradMode;
import io.github.narthex.Model;
import io.github.narthex.Rewrite;
import io.github.narthex.UnsupportedException;
import io.github.narthex.io.Samples;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Applies the steps of a recipe, each in its place; used once. */
final class Application {
  /**
   * The strategies that make changed copies, in the order in which they work: what takes weights
   * away, what converts them, what rewrites the code that they are in by then, what freezes it.
   */
  private static final List<Strategy> COPIES =
      List.of(
          Strategy.SPARSE_2TO4,
          Strategy.PRUNE,
          Strategy.FOLD_BATCH_NORM,
          Strategy.PRUNE_CHANNELS,
          Strategy.BF16,
          Strategy.FP16,
          Strategy.CHANNELS_LAST,
          Strategy.EMBEDDING_INT8,
          Strategy.EMBEDDING_INT4,
          Strategy.DYNAMIC_INT8,
          Strategy.DYNAMIC_FP16,
          Strategy.WEIGHT_INT8,
          Strategy.WEIGHT_INT4,
          Strategy.BF16_MIXED,
          Strategy.FP16_MIXED,
          Strategy.STATIC_INT8,
          Strategy.OPTIMIZE_FOR_INFERENCE,
          Strategy.FREEZE,
          Strategy.ONEDNN_GRAPH,
          Strategy.PREPACK,
          Strategy.COMPILE,
          Strategy.GPU);

  private final Map<Strategy, Step> steps;
  private final List<Step> done;
  private final @Nullable Samples samples;
  private final CompiledPackages packages;
  private final List<Rewrite.Change> changes = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  /** Without samples, none of the steps may need some. */
  Application(Map<Strategy, Step> steps, @Nullable Samples samples) {
    this(steps, samples, CompiledPackages.ofThisUser());
  }

  /** The same, with packages of one's own. */
  Application(Map<Strategy, Step> steps, @Nullable Samples samples, CompiledPackages packages) {
    this.packages = packages;
    this.steps = steps;
    this.done = new ArrayList<>(steps.values());
    this.samples = samples;
  }

  Applied to(Arena arena, Model model) {
    Step inductor = steps.get(Strategy.INDUCTOR);
    if (inductor != null) {
      return new Inductor(inductor, steps, Objects.requireNonNull(samples), packages)
          .apply(arena, model);
    }
    Model changed = how(copy(arena, threaded(model)));
    return new Applied(changed, Recipe.of(done), changes, notes, Optional.empty());
  }

  /** The model on the threads of the recipe, if it says how many. */
  Model threaded(Model model) {
    Step threads = steps.get(Strategy.THREADS);
    return threads == null ? model : model.withThreads(Threads.of(threads).intra());
  }

  /** What is a matter of each call. */
  Model how(Model model) {
    Model changed = model;
    if (steps.containsKey(Strategy.ONEDNN_GRAPH)) {
      changed = changed.withOneDnnGraph();
    }
    if (steps.containsKey(Strategy.PREPACK)) {
      changed = changed.withPrepackedWeights();
    }
    if (steps.containsKey(Strategy.FLUSH_DENORMALS)) {
      changed = changed.withFlushedDenormals();
    }
    Step gpu = steps.get(Strategy.GPU);
    if (gpu != null) {
      changed = changed.withHostInputs(gpu.device());
    }
    if (steps.containsKey(Strategy.CUDAGRAPHS)) {
      changed = changed.withRecordedRuns();
    }
    Set<GpuSwitch> switches = switches();
    if (!switches.isEmpty()) {
      changed = changed.withGpuSwitches(switches);
    }
    if (steps.containsKey(Strategy.GRAD)) {
      return changed.withGradMode(GradMode.GRAD);
    }
    return changed.withGradMode(
        steps.containsKey(Strategy.NO_GRAD) ? GradMode.NO_GRAD : GradMode.INFERENCE);
  }

  private Set<GpuSwitch> switches() {
    Set<GpuSwitch> switches = EnumSet.noneOf(GpuSwitch.class);
    if (steps.containsKey(Strategy.TF32)) {
      switches.add(GpuSwitch.TF32);
    }
    if (steps.containsKey(Strategy.CUDNN_BENCHMARK)) {
      switches.add(GpuSwitch.CUDNN_BENCHMARK);
    }
    return switches;
  }

  /** No more than two copies are there at a time: each is freed as soon as the next one is made. */
  private Model copy(Arena arena, Model model) {
    Arena before = Arena.ofConfined();
    try {
      Model changed = model;
      for (Strategy strategy : COPIES) {
        Step step = steps.get(strategy);
        if (step == null) {
          continue;
        }
        Arena after = Arena.ofConfined();
        try {
          changed = apply(step, after, changed);
        } finally {
          before.close();
          before = after;
        }
      }
      return changed.keep(arena);
    } finally {
      before.close();
    }
  }

  private Model apply(Step step, Arena arena, Model model) {
    return switch (step.strategy()) {
      case BF16 -> model.bfloat16(arena);
      case FP16 -> model.half(arena);
      case CHANNELS_LAST -> model.channelsLast(arena);
      case PRUNE -> rewrite(arena, model, prune(step));
      case PRUNE_CHANNELS ->
          rewrite(
              arena,
              model,
              new Rewrite.PruneChannels(
                  step.number("amount"),
                  scope(step),
                  Integer.parseInt(step.get("norm")),
                  Integer.parseInt(step.get("multiple")),
                  step.layers("keep")));
      case SPARSE_2TO4 -> throw new UnsupportedException(Recipe.NO_SPARSE_CORES);
      case FOLD_BATCH_NORM -> rewrite(arena, model, new Rewrite.FoldBatchNorm());
      case EMBEDDING_INT8 -> rewrite(arena, model, embedding(step, 8));
      case EMBEDDING_INT4 -> rewrite(arena, model, embedding(step, 4));
      case DYNAMIC_INT8 -> noted(closeEnough(step, arena, model, dynamic(step, model)));
      case DYNAMIC_FP16 ->
          rewrite(
              arena,
              model,
              new Rewrite.DynamicQuantization(DType.FLOAT16, "auto", true, step.layers("keep")));
      case WEIGHT_INT8 ->
          rewrite(arena, model, new Rewrite.WeightQuantization(8, 32, step.layers("keep")));
      case WEIGHT_INT4 ->
          rewrite(
              arena,
              model,
              new Rewrite.WeightQuantization(
                  4, Integer.parseInt(step.get("group")), step.layers("keep")));
      case BF16_MIXED -> noted(closeEnough(step, arena, model, mixed(model, DType.BFLOAT16)));
      case FP16_MIXED -> noted(closeEnough(step, arena, model, mixed(model, DType.FLOAT16)));
      case STATIC_INT8 ->
          noted(
              StaticQuantization.of(step, Objects.requireNonNull(samples), notes::add)
                  .apply(arena, model));
      case COMPILE -> compile(step, arena, model);
      case OPTIMIZE_FOR_INFERENCE -> model.optimizeForInference(arena);
      case FREEZE, ONEDNN_GRAPH, PREPACK -> model.freeze(arena);
      case GPU -> model.to(arena, step.device());
      case EAGER,
          GRAD,
          NO_GRAD,
          FLUSH_DENORMALS,
          THREADS,
          INDUCTOR,
          CUDAGRAPHS,
          TF32,
          CUDNN_BENCHMARK ->
          throw new AssertionError(step + " makes no copy");
    };
  }

  private Model compile(Step step, Arena arena, Model model) {
    if (step.get("mode").equals(Step.AUTOTUNE)) {
      boolean isPlain = steps.keySet().stream().noneMatch(Strategy::changesDtypes);
      Autotuner.Choice choice =
          new Autotuner(step, Objects.requireNonNull(samples), notes::add)
              .tune(arena, model, isPlain);
      done.remove(step);
      choice.recipe().steps().stream()
          .filter(chosen -> chosen.strategy() != Strategy.EAGER && !done.contains(chosen))
          .forEach(done::add);
      return choice.model();
    }
    return new Compiler(step, samples, notes::add).compile(arena, model);
  }

  private static Rewrite prune(Step step) {
    return new Rewrite.Prune(
        step.number("amount"),
        scope(step),
        step.get("method").equals("l1") ? Rewrite.Prune.Method.L1 : Rewrite.Prune.Method.RANDOM,
        Long.parseLong(step.get("seed")),
        step.get("masks").equals("keep"),
        step.layers("keep"));
  }

  private static Rewrite.Scope scope(Step step) {
    return step.get("scope").equals("global") ? Rewrite.Scope.GLOBAL : Rewrite.Scope.LAYER;
  }

  private static LayerSearch.Quantizer dynamic(Step step, Model model) {
    return (made, kept) ->
        model.rewrite(
            made,
            new Rewrite.DynamicQuantization(
                DType.INT8, step.get("engine"), step.get("scheme").equals("channel"), kept));
  }

  private static LayerSearch.Quantizer mixed(Model model, DType dtype) {
    return (made, kept) -> model.rewrite(made, new Rewrite.MixedPrecision(dtype, kept));
  }

  /** With layers left in float32, the worst first, until the step's error holds, if it has one. */
  private Rewrite.Result closeEnough(
      Step step, Arena arena, Model model, LayerSearch.Quantizer quantizer) {
    Rewrite.Result all = quantizer.quantize(arena, step.layers("keep"));
    if (Double.isInfinite(step.maxError())) {
      return all;
    }
    Samples given = Objects.requireNonNull(samples);
    try (Arena comparing = Arena.ofConfined()) {
      Answers answers = new Answers(comparing, given, true);
      for (int i = 0; i < given.count(); i++) {
        answers.expect(model, i);
      }
      return new LayerSearch(quantizer, answers, step.maxError(), notes::add)
          .run(arena, all, step.layers("keep"));
    }
  }

  private static Rewrite embedding(Step step, int bits) {
    return new Rewrite.EmbeddingQuantization(bits, step.layers("keep"));
  }

  private Model rewrite(Arena arena, Model model, Rewrite rewrite) {
    return noted(model.rewrite(arena, rewrite));
  }

  private Model noted(Rewrite.Result result) {
    changes.addAll(result.changes());
    return result.model();
  }
}
