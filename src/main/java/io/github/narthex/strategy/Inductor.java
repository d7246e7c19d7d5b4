package io.github.narthex.strategy;

import io.github.narthex.Device;
import io.github.narthex.Devices;
import io.github.narthex.InputException;
import io.github.narthex.Model;
import io.github.narthex.ModelPackage;
import io.github.narthex.NarthexException;
import io.github.narthex.Rewrite;
import io.github.narthex.io.Samples;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Compiles a model with Inductor, and where that can't be done for the CPU as {@link Compiler}
 * does: by oneDNN Graph, then TorchScript, then not at all. The first sample says for which sizes.
 */
final class Inductor {
  /** What is done to the model before; the dtype is for Inductor, the rest for each call. */
  private static final Set<Strategy> BEFORE = Set.of(Strategy.PRUNE, Strategy.FOLD_BATCH_NORM);

  private final CompiledPackages packages;
  private final Device device;
  private final Step step;
  private final Map<Strategy, Step> steps;
  private final Samples samples;
  private final List<String> notes = new ArrayList<>();

  /**
   * A compiler.
   *
   * @param steps all of the recipe, with this one
   */
  Inductor(Step step, Map<Strategy, Step> steps, Samples samples, CompiledPackages packages) {
    this.packages = packages;
    this.device = Recipe.of(steps.values()).device();
    this.step = step;
    this.steps = steps;
    this.samples = samples;
  }

  Applied apply(Arena arena, Model model) {
    if (!device.isCpu()) {
      var _ = Devices.properties(device); // it is there
    }
    Map<Strategy, Step> before = new EnumMap<>(steps);
    before.keySet().retainAll(BEFORE);
    try (Arena making = Arena.ofConfined()) {
      Applied changed = new Application(before, samples).to(making, model);
      return compiled(arena, changed, model.threads());
    } catch (InputException e) {
      throw e;
    } catch (NarthexException | UncheckedIOException e) {
      if (step.isSet("fullgraph") || !device.isCpu()) {
        throw e;
      }
      notes.add("inductor is not used, but compile: " + e.getMessage());
      return otherwise(arena, model);
    }
  }

  private Applied compiled(Arena arena, Applied changed, int threads) {
    CompiledPackages.Choice choice =
        new CompiledPackages.Choice(
            dtype(), step.get("mode").equals(Step.AUTOTUNE), step.isSet("dynamic"), device);
    Path file = packages.of(changed.model(), choice, samples, notes::add);
    Application whole = new Application(steps, samples);
    // Callers side by side need a runner each; on a device they only enqueue.
    int runners = device.isCpu() ? Runtime.getRuntime().availableProcessors() : 1;
    ModelPackage.Options options = ModelPackage.Options.DEFAULT.withRunners(runners);
    Model loaded = whole.threaded(Model.load(arena, file, device, options).withThreads(threads));
    return applied(
        whole.how(loaded), Recipe.of(steps.values()), changed.changes(), Optional.of(file));
  }

  private Applied otherwise(Arena arena, Model model) {
    Map<Strategy, Step> others = new EnumMap<>(steps);
    others.remove(Strategy.INDUCTOR);
    Step compile = Step.of(Strategy.COMPILE).with("dynamic", step.get("dynamic"));
    others.put(Strategy.COMPILE, compile);
    Applied applied = new Application(others, samples).to(arena, model);
    notes.addAll(applied.notes());
    return applied(applied.model(), applied.recipe(), applied.changes(), Optional.empty());
  }

  private Applied applied(
      Model model, Recipe recipe, List<Rewrite.Change> changes, Optional<Path> compiled) {
    return new Applied(model, recipe, changes, notes, compiled);
  }

  /** What to compute in, as the export names it; empty for as the model is. */
  private Optional<String> dtype() {
    return steps.keySet().stream()
        .flatMap(
            strategy ->
                switch (strategy) {
                  case BF16 -> Stream.of("bfloat16");
                  case FP16 -> Stream.of("float16");
                  case BF16_MIXED -> Stream.of("bfloat16-mixed");
                  case FP16_MIXED -> Stream.of("float16-mixed");
                  default -> Stream.empty();
                })
        .findFirst();
  }
}
