package io.github.narthex.strategy;

import static io.github.narthex.strategy.Strategy.BF16;
import static io.github.narthex.strategy.Strategy.BF16_MIXED;
import static io.github.narthex.strategy.Strategy.CHANNELS_LAST;
import static io.github.narthex.strategy.Strategy.FREEZE;
import static io.github.narthex.strategy.Strategy.ONEDNN_GRAPH;
import static io.github.narthex.strategy.Strategy.PREPACK;

import io.github.narthex.InputException;
import io.github.narthex.Model;
import io.github.narthex.NarthexException;
import io.github.narthex.TensorInfo;
import io.github.narthex.io.Samples;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Tries the ways to compile a model on this machine, and keeps the fastest one whose answers agree
 * with the model's own. Each has turns beside the best so far.
 */
final class Autotuner {
  /** Answers are compared over so many samples. */
  private static final int COMPARED_OVER = 4;

  /** A single rounding to bfloat16 may be so far off: with less allowed, 16 bits are not tried. */
  private static final double BF16_ROUNDING = 1.0 / 512;

  /** What is not so much faster is not worth what it costs besides. */
  private static final double LEAST_GAIN = 1.02;

  private final Compiler.Backend backend;
  private final boolean dynamic;
  private final double maxError;
  private final boolean cached;
  private final String settings;
  private final Samples samples;
  private final Consumer<String> notes;

  Autotuner(Step step, Samples samples, Consumer<String> notes) {
    this.backend = Compiler.Backend.of(step);
    this.dynamic = step.isSet("dynamic");
    this.maxError = step.number("max-error");
    this.cached = step.get("cache").equals("on");
    this.settings = step.toString();
    this.samples = samples;
    this.notes = notes;
  }

  /** The fastest way, and the model that is compiled so. */
  record Choice(Recipe recipe, Model model) {}

  /**
   * Finds the fastest way.
   *
   * @param isPlain whether no other step has changed what the model computes with, so that 16 bits
   *     may be tried
   */
  Choice tune(Arena arena, Model model, boolean isPlain) {
    if (samples.count() == 0) {
      throw new IllegalArgumentException("max-autotune needs a sample, and none is given");
    }
    try (Arena trials = Arena.ofConfined()) {
      Answers answers = new Answers(trials, samples, true);
      int compared = Math.min(COMPARED_OVER, samples.count());
      for (int i = 0; i < compared; i++) {
        answers.expect(model, i);
      }
      Decisions decisions = Decisions.of(settings, model, samples);
      if (cached) {
        Optional<Choice> known =
            decisions.read().flatMap(recipe -> known(arena, model, recipe, answers));
        if (known.isPresent()) {
          return known.get();
        }
      }
      Recipe best = search(model, variants(model, isPlain), answers);
      if (cached) {
        decisions.write(best);
      }
      return new Choice(best, best.applyTo(arena, model));
    }
  }

  /** What was chosen before; that it agrees is proved anew. */
  private Optional<Choice> known(Arena arena, Model model, Recipe recipe, Answers answers) {
    try (Arena trial = Arena.ofConfined()) {
      Model made = recipe.applyTo(trial, model);
      double error = answers.error(made, answers.count());
      if (error > maxError) {
        return Optional.empty();
      }
      notes.accept(
          "%s, chosen before on this machine for such a model and inputs; error %s"
              .formatted(recipe, Percent.of(error)));
      return Optional.of(new Choice(recipe, made.keep(arena)));
    } catch (NarthexException e) {
      return Optional.empty();
    }
  }

  private Recipe search(Model model, List<Recipe> variants, Answers answers) {
    Recipe best = Recipe.EAGER;
    Arena holder = Arena.ofConfined();
    try {
      Race.Runner leader = Race.runner(holder, model, samples);
      for (Recipe variant : variants) {
        Arena trial = Arena.ofConfined();
        boolean leads = false;
        try {
          Model made = variant.applyTo(trial, model);
          double error = answers.error(made, answers.count());
          if (error > maxError) {
            notes.accept("%s: error %s".formatted(variant, Percent.of(error)));
            continue;
          }
          Race.Runner runner = Race.runner(trial, made, samples);
          double gain = Race.speedUp(leader, runner);
          leads = gain >= LEAST_GAIN;
          notes.accept(
              "%s: %.2f times as fast as %s, error %s"
                  .formatted(variant, gain, best, Percent.of(error)));
          if (leads) {
            leader = runner;
            best = variant;
          }
        } catch (InputException e) {
          throw e;
        } catch (NarthexException e) {
          notes.accept("%s: %s".formatted(variant, e.getMessage()));
        } finally {
          if (leads) {
            holder.close();
            holder = trial;
          } else {
            trial.close();
          }
        }
      }
    } finally {
      holder.close();
    }
    notes.accept("chosen: " + best);
    return best;
  }

  private List<Recipe> variants(Model model, boolean isPlain) {
    List<List<Strategy>> ways = new ArrayList<>();
    if (backend == Compiler.Backend.ONEDNN && !dynamic) {
      ways.add(List.of(ONEDNN_GRAPH));
    }
    if (backend != Compiler.Backend.EAGER) {
      ways.add(List.of(PREPACK));
    }
    if (isPlain && maxError >= BF16_ROUNDING) {
      for (List<Strategy> way : List.copyOf(ways)) {
        ways.add(Stream.concat(way.stream(), Stream.of(BF16_MIXED)).toList());
        ways.add(Stream.concat(way.stream(), Stream.of(BF16)).toList());
      }
    }
    if (backend != Compiler.Backend.EAGER) {
      ways.add(List.of(FREEZE)); // in 16 bits no faster than prepacked
    }
    if (hasImages(model)) {
      for (List<Strategy> way : List.copyOf(ways)) {
        ways.add(Stream.concat(way.stream(), Stream.of(CHANNELS_LAST)).toList());
      }
      ways.add(List.of(CHANNELS_LAST));
    }
    Machine machine = Machine.current();
    return ways.stream()
        .map(way -> Recipe.of(way.toArray(Strategy[]::new)))
        .filter(way -> way.obstacle(machine).isEmpty() && way.caution(machine).isEmpty())
        .toList();
  }

  /** Whether there are weights of convolutions, or what could be some. */
  private static boolean hasImages(Model model) {
    return Stream.concat(model.parameters().values().stream(), model.constants().stream())
        .map(TensorInfo::shape)
        .anyMatch(shape -> shape.rank() == 4);
  }
}
