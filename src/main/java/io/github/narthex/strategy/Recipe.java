package io.github.narthex.strategy;

import static io.github.narthex.strategy.Strategy.FREEZE;

import io.github.narthex.Device;
import io.github.narthex.DeviceMemoryException;
import io.github.narthex.InputException;
import io.github.narthex.Model;
import io.github.narthex.UnsupportedException;
import io.github.narthex.io.Samples;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Strategies that go together, written {@code onednn-graph+bf16+channels-last} or, with settings,
 * {@code onednn-graph+bf16-mixed:keep=classifier}: the same text on the command line, in files and
 * in tables. The order of the names does not matter, and what a strategy implies is left out:
 * {@code freeze+onednn-graph} is {@code onednn-graph}, and {@code
 * gpu+inductor:mode=reduce-overhead} is {@code inductor+gpu+cudagraphs}. Immutable.
 */
public final class Recipe {
  /** The model as loaded, in inference mode: the baseline. */
  public static final Recipe EAGER = of(Strategy.EAGER);

  /** Why 2:4 sparsity is of no use here: recipes run on the CPU. */
  static final String NO_SPARSE_CORES =
      "2:4 sparsity needs a GPU with sparse tensor cores (CUDA, compute capability 8.0 or above),"
          + " and recipes run on the CPU here, which has no kernels for it";

  private final Map<Strategy, Step> steps;

  private Recipe(Map<Strategy, Step> steps) {
    this.steps = steps;
  }

  /**
   * A recipe of these strategies, nothing set about them; of none it is {@link #EAGER}.
   *
   * @throws IllegalArgumentException if two of them make no sense together; the message says why
   */
  public static Recipe of(Strategy... strategies) {
    return of(Arrays.stream(strategies).map(Step::of).toList());
  }

  /**
   * A recipe of these steps; of none it is {@link #EAGER}.
   *
   * @throws IllegalArgumentException if two are of one strategy, or of strategies that make no
   *     sense together; the message says why
   */
  public static Recipe of(Collection<Step> steps) {
    Map<Strategy, Step> recipe = new EnumMap<>(Strategy.class);
    for (Step step : withGpu(steps)) {
      for (Strategy other : recipe.keySet()) {
        requireNoConflict(other, step.strategy());
      }
      step.check();
      Step before = recipe.put(step.strategy(), step);
      if (before != null && !before.equals(step)) {
        throw new IllegalArgumentException("both %s and %s are there".formatted(before, step));
      }
    }
    if (recipe.keySet().stream().anyMatch(strategy -> strategy.freezes() && strategy != FREEZE)) {
      recipe.remove(FREEZE);
    }
    if (recipe.containsKey(Strategy.INDUCTOR)) {
      requirePlain(recipe.values());
    }
    recordOnGpu(recipe);
    if (recipe.isEmpty()) {
      recipe.put(Strategy.EAGER, Step.of(Strategy.EAGER));
    }
    return new Recipe(recipe);
  }

  /** The steps, and the GPU that one of them may imply. */
  private static Collection<Step> withGpu(Collection<Step> steps) {
    if (steps.stream().noneMatch(step -> step.strategy().impliesGpu())
        || steps.stream().anyMatch(step -> step.strategy() == Strategy.GPU)) {
      return steps;
    }
    List<Step> all = new ArrayList<>(steps);
    all.add(Step.of(Strategy.GPU));
    return all;
  }

  /** Inductor decides by operators, not by layers, what computes in 16 bits. */
  private static void requirePlain(Collection<Step> steps) {
    for (Step step : steps) {
      if (step.strategy().isMixed() && !step.settings().isEmpty()) {
        throw new IllegalArgumentException(
            "with inductor %s takes no keys: it can't keep single layers in float32"
                .formatted(step.strategy()));
      }
    }
  }

  /** What has its work recorded to reduce overhead is, on a GPU, what replays it. */
  private static void recordOnGpu(Map<Strategy, Step> recipe) {
    Step inductor = recipe.get(Strategy.INDUCTOR);
    if (inductor == null || !recipe.containsKey(Strategy.GPU)) {
      return;
    }
    if (inductor.get("mode").equals(Step.RECORDED)) {
      recipe.put(Strategy.INDUCTOR, inductor.with("mode", "default"));
      recipe.put(Strategy.CUDAGRAPHS, Step.of(Strategy.CUDAGRAPHS));
    }
  }

  private static void requireNoConflict(Strategy a, Strategy b) {
    Strategy first = a.compareTo(b) < 0 ? a : b;
    Strategy second = first == a ? b : a;
    Conflicts.between(first, second)
        .ifPresent(
            reason -> {
              throw new IllegalArgumentException(
                  "%s and %s do not go together: %s".formatted(first, second, reason));
            });
  }

  /**
   * Reads one recipe: {@code name[:key=value…][+name…]}.
   *
   * @throws IllegalArgumentException if the text is no recipe, names an unknown strategy or key or
   *     one of them twice, gives a key a value that it does not take, or names strategies that make
   *     no sense together; the message says where, and what was expected
   */
  public static Recipe parse(String text) {
    return RecipeParser.parse(text);
  }

  /**
   * Reads recipes separated by commas; {@code all} stands for {@link #curated}.
   *
   * @throws IllegalArgumentException if one of them is no recipe, as {@link #parse} says
   * @throws IllegalArgumentException if a recipe is there twice
   */
  public static List<Recipe> parseList(String text) {
    return RecipeParser.parseList(text);
  }

  /** The recipes worth trying on a model that nothing is known of, the baseline first. */
  public static List<Recipe> curated() {
    return List.of(
        EAGER,
        of(Strategy.GRAD),
        of(Strategy.NO_GRAD),
        of(Strategy.FREEZE),
        of(Strategy.OPTIMIZE_FOR_INFERENCE),
        of(Strategy.ONEDNN_GRAPH),
        of(Strategy.ONEDNN_GRAPH, Strategy.CHANNELS_LAST),
        of(Strategy.ONEDNN_GRAPH, Strategy.BF16),
        of(Strategy.ONEDNN_GRAPH, Strategy.BF16, Strategy.CHANNELS_LAST),
        of(Strategy.ONEDNN_GRAPH, Strategy.BF16_MIXED),
        of(Strategy.ONEDNN_GRAPH, Strategy.BF16_MIXED, Strategy.CHANNELS_LAST),
        of(Strategy.DYNAMIC_INT8));
  }

  /** The recipes worth trying on a model that nothing is known of, on a device. */
  public static List<Recipe> curatedOn(Device device) {
    return List.of(
        EAGER.on(device),
        of(Strategy.FREEZE).on(device),
        of(List.of(Step.of(device), Step.of(Strategy.CUDAGRAPHS))),
        of(Strategy.BF16, Strategy.CHANNELS_LAST).on(device),
        of(Strategy.FP16, Strategy.CHANNELS_LAST).on(device),
        of(
            List.of(
                Step.of(device),
                Step.of(Strategy.FP16),
                Step.of(Strategy.CHANNELS_LAST),
                Step.of(Strategy.CUDAGRAPHS))));
  }

  /**
   * This recipe on a device, which takes the place of {@code gpu} without more; for the CPU it is
   * as it is.
   *
   * @throws IllegalArgumentException if a step of it is for the CPU, or names another device
   */
  public Recipe on(Device device) {
    if (device.isCpu()) {
      return this;
    }
    List<Step> all = new ArrayList<>(steps.values());
    all.removeAll(List.of(Step.of(Strategy.EAGER), Step.of(Strategy.GPU)));
    all.add(Step.of(device));
    return of(all);
  }

  /**
   * What is left to do with a model that was saved with this recipe applied: a file says nothing of
   * the device that it is for, and holds no recordings. Without a device that is {@link #EAGER}.
   */
  public Recipe ofSaved() {
    return of(steps.values().stream().filter(step -> !step.strategy().isInFile()).toList());
  }

  /** Where it runs a model. */
  public Device device() {
    Step gpu = steps.get(Strategy.GPU);
    return gpu == null ? Device.CPU : gpu.device();
  }

  /** The steps, in the order of the text; a copy. */
  public List<Step> steps() {
    return List.copyOf(steps.values());
  }

  Map<Strategy, Step> byStrategy() {
    return steps;
  }

  /** The strategies, in the order of the text; a copy. */
  public List<Strategy> strategies() {
    return List.copyOf(steps.keySet());
  }

  /** Whether it has this strategy, or one that implies it. */
  public boolean has(Strategy strategy) {
    return steps.containsKey(strategy)
        || (strategy == FREEZE && steps.keySet().stream().anyMatch(Strategy::freezes));
  }

  /**
   * The model as this recipe runs it. What changes weights comes first, then freezing, which folds
   * them into the code, then what rewrites that code, then what is a matter of each call. The
   * original is unharmed; where it is not needed any more, close its arena, since weights that were
   * changed are there twice.
   *
   * @param arena owns the result, which does not need {@code model} to stay open
   * @throws IllegalArgumentException if a setting names a layer that the model has not
   * @throws IllegalArgumentException if a step needs samples; says which
   * @throws IllegalStateException if it freezes and the model is in training mode, or an arena is
   *     closed
   * @throws UnsupportedException if libtorch can't do it to this model
   * @throws DeviceMemoryException if memory is exhausted
   */
  public Model applyTo(Arena arena, Model model) {
    return apply(arena, model).model();
  }

  /** As {@link #applyTo(Arena, Model)}, and tells what came of it. */
  public Applied apply(Arena arena, Model model) {
    for (Step step : steps.values()) {
      step.needForSamples()
          .ifPresent(
              need -> {
                throw new IllegalArgumentException(need);
              });
    }
    return new Application(steps, null).to(arena, model);
  }

  /**
   * The model as this recipe runs it, learned from samples where that is needed: ranges of inner
   * values are found by running them through the model, and what is tried is tried on them. A
   * recipe that {@linkplain #usesSamples has no use for samples} leaves them alone.
   *
   * @param arena owns the result, which does not need {@code model} to stay open
   * @param samples such as the model will be given; for {@code static-int8} some dozens are enough,
   *     if they are typical. Some are read more than once
   * @throws IllegalArgumentException if there is no sample, or one makes a layer's values infinite
   *     or NaN; also as {@link #applyTo(Arena, Model)}
   * @throws InputException if the samples do not fit the model, or can't be read
   * @throws IllegalStateException as {@link #applyTo(Arena, Model)}
   * @throws UnsupportedException if libtorch can't do it to this model or lacks the engine, or if
   *     no choice of layers holds the error that was asked for
   * @throws DeviceMemoryException if memory is exhausted
   */
  public Model applyTo(Arena arena, Model model, Samples samples) {
    return apply(arena, model, samples).model();
  }

  /** As {@link #applyTo(Arena, Model, Samples)}, and tells what came of it. */
  public Applied apply(Arena arena, Model model, Samples samples) {
    return new Application(steps, samples).to(arena, model);
  }

  /** Whether samples make a difference to it. */
  public boolean usesSamples() {
    return has(Strategy.COMPILE)
        || has(Strategy.INDUCTOR)
        || steps.values().stream().anyMatch(step -> step.needForSamples().isPresent());
  }

  /** Whether it leaves something to be tried on the machine that it is applied on. */
  public boolean tries() {
    Step compile = steps.get(Strategy.COMPILE);
    return compile != null && compile.get("mode").equals(Step.AUTOTUNE);
  }

  /** Whether it learns from samples what values are like, so that they must be typical. */
  public boolean calibrates() {
    return has(Strategy.STATIC_INT8);
  }

  /** The threads and instances that it asks for; empty if it leaves them to the caller. */
  public Optional<Threads> threads() {
    return Optional.ofNullable(steps.get(Strategy.THREADS)).map(Threads::of);
  }

  /** Why it can't work on this machine, whatever the model; empty if it can. */
  public Optional<String> obstacle(Machine machine) {
    Step compile = steps.get(Strategy.COMPILE);
    if (compile != null && compile.get("mode").equals(Step.RECORDED)) {
      return Optional.of(
          "mode=reduce-overhead replays what a backend has recorded, as CUDA graphs are; backend=%s"
                  .formatted(compile.get("backend"))
              + " records nothing");
    }
    Step inductor = steps.get(Strategy.INDUCTOR);
    if (inductor != null && inductor.get("mode").equals(Step.RECORDED)) {
      return Optional.of(
          "mode=reduce-overhead of inductor replays what a GPU has recorded, as CUDA graphs are,"
              + " and this recipe runs on the CPU: add gpu to it, or --device cuda");
    }
    if (has(Strategy.SPARSE_2TO4)) {
      return Optional.of(NO_SPARSE_CORES);
    }
    if (machine.isX86()) {
      return Optional.empty();
    }
    if (has(Strategy.ONEDNN_GRAPH)) {
      return Optional.of(
          "libtorch has oneDNN Graph for x86-64 only, and this is " + machine.arch());
    }
    return has(Strategy.FLUSH_DENORMALS)
        ? Optional.of("denormals are flushed on x86-64 only, and this is " + machine.arch())
        : Optional.empty();
  }

  /** What is likely to disappoint on this machine; empty if nothing is. */
  public Optional<String> caution(Machine machine) {
    if (machine.cpuFlags().isEmpty()) {
      return Optional.empty(); // nothing is known of it
    }
    return steps.keySet().stream()
        .filter(strategy -> !strategy.fastWith().isEmpty())
        .filter(strategy -> strategy.fastWith().stream().noneMatch(machine::hasCpuFlag))
        .map(
            strategy ->
                "this CPU has no %s: %s works here, but slowly"
                    .formatted(String.join(" or ", strategy.fastWith()), strategy))
        .findFirst();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Recipe recipe && steps.equals(recipe.steps);
  }

  @Override
  public int hashCode() {
    return toString().hashCode(); // an enum's own hash code differs from one JVM to the next
  }

  /** The canonical text, which {@link #parse} reads. */
  @Override
  public String toString() {
    return steps.values().stream().map(Step::toString).collect(Collectors.joining("+"));
  }
}
