package io.github.narthex.strategy;

import io.github.narthex.DeviceMemoryException;
import io.github.narthex.GradMode;
import io.github.narthex.Model;
import io.github.narthex.UnsupportedException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Collectors;

/**
 * Strategies that go together, written {@code onednn-graph+bf16+channels-last}: the same text on
 * the command line, in files and in tables. The order of the names does not matter, and what a
 * strategy implies is left out: {@code freeze+onednn-graph} is {@code onednn-graph}. Immutable.
 */
public final class Recipe {
  /** The model as loaded, in inference mode: the baseline. */
  public static final Recipe EAGER = of(Strategy.EAGER);

  private static final String BF16_FLAG = "avx512_bf16";
  private static final String AMX_FLAG = "amx_bf16";

  private final Set<Strategy> strategies;

  private Recipe(Set<Strategy> strategies) {
    this.strategies = strategies;
  }

  /**
   * A recipe of these strategies; of none it is {@link #EAGER}.
   *
   * @throws IllegalArgumentException if two of them make no sense together; the message says why
   */
  public static Recipe of(Strategy... strategies) {
    return of(List.of(strategies));
  }

  static Recipe of(Collection<Strategy> strategies) {
    Set<Strategy> set = EnumSet.noneOf(Strategy.class);
    set.addAll(strategies);
    for (Strategy a : set) {
      for (Strategy b : set) {
        Strategy.conflict(a, b)
            .ifPresent(
                reason -> {
                  throw new IllegalArgumentException(
                      "%s and %s do not go together: %s".formatted(a, b, reason));
                });
      }
    }
    if (set.contains(Strategy.ONEDNN_GRAPH) || set.contains(Strategy.OPTIMIZE_FOR_INFERENCE)) {
      set.remove(Strategy.FREEZE);
    }
    if (set.isEmpty()) {
      set.add(Strategy.EAGER);
    }
    return new Recipe(set);
  }

  /**
   * Reads one recipe: {@code name[:key=value…][+name…]}. No strategy takes a key at present.
   *
   * @throws IllegalArgumentException if the text is no recipe, names an unknown strategy or key or
   *     one of them twice, or strategies that make no sense together; the message says where, and
   *     what was expected
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
        of(Strategy.FREEZE, Strategy.BF16, Strategy.CHANNELS_LAST),
        of(Strategy.ONEDNN_GRAPH),
        of(Strategy.ONEDNN_GRAPH, Strategy.CHANNELS_LAST),
        of(Strategy.ONEDNN_GRAPH, Strategy.BF16),
        of(Strategy.ONEDNN_GRAPH, Strategy.BF16, Strategy.CHANNELS_LAST));
  }

  /** The strategies, in the order of the text; a copy. */
  public List<Strategy> strategies() {
    return List.copyOf(strategies);
  }

  /** Whether it has this strategy, or one that implies it. */
  public boolean has(Strategy strategy) {
    return strategies.contains(strategy)
        || (strategy == Strategy.FREEZE && strategies.stream().anyMatch(Strategy::freezes));
  }

  /**
   * The model as this recipe runs it. What changes weights comes first, then freezing, which folds
   * them into the code, then what is a matter of each call. The original is unharmed; where it is
   * not needed any more, close its arena, since weights that were changed are there twice.
   *
   * @param arena owns the result, which does not need {@code model} to stay open
   * @throws IllegalStateException if it freezes and the model is in training mode, or an arena is
   *     closed
   * @throws UnsupportedException if libtorch can't do it to this model
   * @throws DeviceMemoryException if memory is exhausted
   */
  public Model applyTo(Arena arena, Model model) {
    Model changed = copy(arena, model);
    if (has(Strategy.ONEDNN_GRAPH)) {
      changed = changed.withOneDnnGraph();
    }
    if (has(Strategy.GRAD)) {
      return changed.withGradMode(GradMode.GRAD);
    }
    return changed.withGradMode(has(Strategy.NO_GRAD) ? GradMode.NO_GRAD : GradMode.INFERENCE);
  }

  /** No more than two copies are there at a time: each is freed as soon as the next one is made. */
  private Model copy(Arena arena, Model model) {
    Arena before = Arena.ofConfined();
    try {
      Model changed = model;
      for (BiFunction<Arena, Model, Model> copy : copies()) {
        Arena after = Arena.ofConfined();
        try {
          changed = copy.apply(after, changed);
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

  private List<BiFunction<Arena, Model, Model>> copies() {
    List<BiFunction<Arena, Model, Model>> copies = new ArrayList<>();
    if (has(Strategy.BF16)) {
      copies.add((arena, model) -> model.bfloat16(arena));
    }
    if (has(Strategy.CHANNELS_LAST)) {
      copies.add((arena, model) -> model.channelsLast(arena));
    }
    if (has(Strategy.OPTIMIZE_FOR_INFERENCE)) {
      copies.add((arena, model) -> model.optimizeForInference(arena));
    } else if (has(Strategy.FREEZE)) {
      copies.add((arena, model) -> model.freeze(arena));
    }
    return copies;
  }

  /** Why it can't work on this machine, whatever the model; empty if it can. */
  public Optional<String> obstacle(Machine machine) {
    return has(Strategy.ONEDNN_GRAPH) && !machine.isX86()
        ? Optional.of("libtorch has oneDNN Graph for x86-64 only, and this is " + machine.arch())
        : Optional.empty();
  }

  /** What is likely to disappoint on this machine; empty if nothing is. */
  public Optional<String> caution(Machine machine) {
    boolean isSlow = !machine.hasCpuFlag(BF16_FLAG) && !machine.hasCpuFlag(AMX_FLAG);
    return has(Strategy.BF16) && isSlow && !machine.cpuFlags().isEmpty()
        ? Optional.of("this CPU has neither AVX512-BF16 nor AMX: bf16 works here, but slowly")
        : Optional.empty();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Recipe recipe && strategies.equals(recipe.strategies);
  }

  @Override
  public int hashCode() {
    return toString().hashCode(); // an enum's own hash code differs from one JVM to the next
  }

  /** The canonical text, which {@link #parse} reads. */
  @Override
  public String toString() {
    return strategies.stream().map(Strategy::toString).collect(Collectors.joining("+"));
  }
}
